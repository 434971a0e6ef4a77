"""The closed loop: a finding from its draft until it is closed and seen to be effective."""
