"""Past lists made again, row hash by row hash; why somebody was called, or not; what must be kept, and until when."""
