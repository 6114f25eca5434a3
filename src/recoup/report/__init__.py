"""The day's page: one self-contained HTML file a collections manager reads first."""
