"""The contest's use cases. One verb a function, one subject a file; formulas are in `audit.domain.contest`.

`seasons` rules and states; `contestants` the roster; `skills` daily scores; `tallies` what was counted so far, kept by
whoever writes what counts; `scoreboard` places, stars and the panel; `record` the file with which anybody recounts.
"""
