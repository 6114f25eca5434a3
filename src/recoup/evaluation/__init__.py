"""How good the pipeline is, measured against what is so: beside the made-up company only this code reads the truth."""
