"""The Smiling Angel contest (微笑天使): rules as data, and every formula as a pure function.

Whatever is counted or published is an integer in hundredths of a point ("hundredths"), so that SQLite, PostgreSQL,
Python and a pocket calculator come to the same result to the last digit. `rules` says what a season's rules may be,
`season` its states, `scores` how points become a total and a place, `stars` who gets the seats, `record` the file with
which anybody recounts.
"""
