"""The one catalogue of errors: a stable code, an HTTP status, and parameters for the text.

The text of a code in each language stands in `errors.po` under the message id `error.<code>`; a test checks that
every code has one in every language.
"""

from typing import Any

# fmt: off
ERRORS: dict[str, int] = {
    # -- everywhere
    "method_not_allowed":        405,  # {method}
    "not_found":                 404,  # missing, or not yours to see: the two are not told apart
    "forbidden":                 403,
    "unauthenticated":           401,
    "invalid":                   422,  # a field has a value that cannot be: {field}
    "too_long":                  422,  # {field}, {limit}
    "required":                  422,  # {field}
    "stale":                     409,  # somebody else changed it meanwhile
    "wrong_state":               409,  # {state}
    "busy":                      503,  # the database is locked; try again
    "storage_full":              507,
    "origin":                    403,  # a request from another site
    "not_ready":                 503,
    "internal":                  500,  # a failure that nobody foresaw; it stands in the log
    # -- sign-in and accounts
    "signin.wrong":              401,
    "signin.throttled":          429,  # {seconds}
    "signin.demo_only":          403,
    "demo.not_empty":            409,
    "home.being_filled":         409,  # {folder}
    "home.in_use":               409,  # {folder}
    "signin.provider":           503,  # the company's sign-in service does not answer
    "account.name_taken":        409,  # {name}
    "account.same_password":     422,
    "account.weak_password":     422,  # {minimum}
    "account.last_administrator": 409,
    "account.password_mismatch": 422,
    "account.open_work":         409,  # {name}, {count}
    "account.open_role":         409,  # {name}, {role}, {count}
    "account.one_time_password": 401,  # a password of one's own comes first; a tablet keeps its queue as for any 401
    "job.given_up":              500,  # {count}: it ended its worker so many times
    "leaving.nobody":            422,
    "leaving.unable":            422,  # {name}
    "leaving.role":              422,  # {name}, {role}
    "leaving.elsewhere":         422,  # {name}, {place}
    # -- organisations and outlets
    "organisation.code_taken":   409,  # {code}
    "outlet.code_taken":         409,  # {code}
    "outlet.item_unknown":       422,  # {code}
    "organisation.has_outlets":  409,
    "organisation.has_accounts": 409,
    "organisation.closed":       409,
    "account.number_taken":      409,  # {number}
    "account.grant_invalid":     422,  # {role}
    # -- spreadsheets
    "spreadsheet.not_xlsx":      422,
    "spreadsheet.too_big":       413,  # {limit}
    "spreadsheet.no_sheet":      422,  # {names}
    "spreadsheet.hidden":        422,
    "spreadsheet.header":        422,  # {names}
    "spreadsheet.header_twice":  422,  # {name}
    "spreadsheet.too_many_rows": 422,  # {limit}
    "spreadsheet.formula":       422,
    "spreadsheet.cell_error":    422,  # {value}
    "spreadsheet.date":          422,  # {value}
    "spreadsheet.duplicate":     422,  # {value}, {row}
    "spreadsheet.rounded":       422,  # a number so long that Excel has cut its last digits
    "spreadsheet.unknown":       422,  # {value}
    "spreadsheet.errors":        422,  # {count}
    # -- set-up
    "settings.unsafe":           500,  # {name}, {reason}
    "setup.already_done":        409,
    "setup.database_too_old":    500,  # {version}, {needed}
    "setup.database_newer":      500,  # {revision}
    "setup.database_unusable":   500,  # {reason}
    "backup.none":               404,  # {folder}
    "backup.not_empty":          409,
    "backup.other_database":     409,  # {kind}
    "backup.damaged":            500,  # {name}
    "backup.running":            409,  # {folder}
    # -- checklists
    "checklist.malformed":         422,  # {where}
    "checklist.code_invalid":      422,  # {value}
    "checklist.code_duplicate":    422,  # {value}
    "checklist.version_invalid":   422,  # {value}
    "checklist.choice":            422,  # {field}, {value}, {allowed}
    "checklist.text_missing":      422,  # {field}
    "checklist.text_too_long":     422,  # {field}, {limit}
    "checklist.text_character":    422,  # {field}
    "checklist.number_range":      422,  # {field}, {limit}
    "checklist.no_sections":       422,
    "checklist.section_empty":     422,  # {section}
    "checklist.too_big":           422,  # {sections}, {items}
    "checklist.weight":            422,  # {section}
    "checklist.critical_severity": 422,  # {item}
    "checklist.reference_photo":   422,  # {value}
    "checklist.condition":         422,  # {text}, {position}
    "checklist.condition_unknown": 422,  # {item}, {reference}
    "checklist.condition_forward": 422,  # {item}, {reference}
    "checklist.condition_value":   422,  # {item}, {value}
    "checklist.not_text":          422,  # {line}
    "checklist.yaml":              422,  # {reason}
    "checklist.key_missing":       422,  # {key}
    "checklist.key_unknown":       422,  # {key}
    "checklist.type":              422,  # {field}, {value}, {expected}
    "checklist.file_kind":         422,  # {name}
    "checklist.form_type":         422,  # {value}
    "checklist.form_group":        422,  # {name}
    "checklist.form_outside":      422,  # {name}
    "checklist.form_unexpected":   422,  # {name}
    "checklist.form_required":     422,
    "checklist.form_yes_no":       422,  # {value}
    "checklist.form_text":         422,  # {value}
    "checklist.form_column":       422,  # {name}
    "checklist.form_choices":      422,  # {names}
    "checklist.form_settings":     422,
    "checklist.version_taken":     409,  # {code}, {version}
    "checklist.faulty":            422,  # {count}
    # -- photos
    "photo.empty":               422,
    "photo.too_big":             413,  # {limit} MB
    "photo.too_many_pixels":     422,  # {limit} megapixels
    "photo.unknown_format":      422,
    "photo.animated":            422,
    "photo.truncated":           422,
    "photo.damaged":             422,  # a JPEG out of step in its middle
    "photo.unreadable":          422,
    "photo.too_slow":            422,  # {seconds}
    "photo.digest_mismatch":     422,  # the bytes are not those announced
    "photo.store_unreachable":   503,
    # -- rounds, visits, what is filled in on the tablet
    "round.code_taken":            409,  # {code}
    "round.dates":                 422,
    "round.own_branch":            422,  # {name}
    "round.team":                  422,
    "round.not_supervisor":        422,  # {name}
    "round.no_outlets":            422,
    "round.outlet":                422,  # {name}
    "round.checklist":             422,  # {name}
    "round.empty":                 422,
    "round.visits_open":           409,  # {count}
    "round.items_later":           409,  # {count}, {visits}
    "visit.not_open":              409,  # {state}
    "meeting.closed":              409,  # all visits of the assignment are accepted: its record stays as it is
    "visit.conflict":              409,  # {subjects}
    "visit.manifest_incomplete":   409,  # {missing_…}, {unknown_…}, {differing_photos}
    "visit.incomplete":            422,  # {unanswered}, {missing_…}
    "visit.leader_only":           403,
    "visit.under_review":          409,
    "revision.uuid_reused":        409,
    "revision.subject":            422,  # {subject}
    "revision.field":              422,  # {field}
    "revision.text_character":     422,  # {field}
    "revision.device_time":        422,
    "answer.item_unknown":         422,  # {item}
    "answer.rating":               422,  # {value}
    "campaign.questions":          422,  # {field}
    "photo.uuid_reused":           409,
    # -- the closed loop
    "due.past":                    422,
    "due.not_working":             422,  # {day}
    "due.too_far":                 422,
    "extension.late":              409,
    "extension.not_later":         422,
    "extension.once":              409,
    "extension.none":              409,
    "objection.late":              409,
    "objection.once":              409,
    "finding.under_review":        409,
    "finding.own_rectification":   403,
    "finding.own_branch":          403,
    "finding.merge":               422,
    "finding.no_lead":             409,
    "finding.evidence_kind":       422,  # {kind}
    "finding.team":                422,
    "finding.by_visit":            409,  # the look has begun on the tablet form, and is handed in there
    "finding.too_many":            422,  # {limit}
    "evidence.kind":               422,
    "evidence.macros":             422,
    "evidence.damaged":            422,
    "evidence.too_large":          413,
    "evidence.scan":               422,  # a sealed scan that is neither PDF nor photo
    "evidence.comment":            422,  # a file for a comment that is no photo
    "notice.nothing":              409,
    "delegation.account":          422,
    "delegation.expiry":           422,
    "delegation.link":             404,  # expired, revoked or never given out: the three are not told apart
    "delegation.said_enough":      409,
    "delegation.ended":            409,  # an answer to somebody whose link opens nothing any more
    "delegation.handed_over":      409,  # taken up again first
    # -- messages
    "channel.kind":                422,  # a kind that this installation cannot use
    "channel.host":                422,  # {host}
    "channel.too_many":            409,  # {limit}
    "channel.wait":                429,  # {seconds}
    # -- the contest
    "season.rules":              422,  # {field}: the path of what is wrong
    "season.code_taken":         409,  # {code}
    "season.not_open":           409,  # this part of the season is not open today, or its state forbids it
    "season.no_contestants":     409,
    "season.undecided":          409,  # {count}: seats that wait for the panel's ballot
    "season.unfinished":         409,  # {open}: attempts that run; {held}: ballots that wait for a decision
    "season.unknown":            404,  # {name} {known}
    "panel.not_tied":            409,  # the contestant's seat is not for the panel to decide
    "panel.own_organisation":    403,
    "portraits.nobody":          422,  # {value}: no contestant has this employee number
    "portraits.twice":           422,  # {value}: another file of the ZIP is of the same person
    "portraits.zip":             422,
    "contribution.too_many":     409,  # {limit}: handed in or said within a day
    "contribution.photos":       409,  # {limit}
    "contest.takes_part":        403,  # whoever plays sees no key before the others, and changes none
    "contest.own":               403,  # nobody decides, marks or counts what concerns the own person
    "recount.differs":           409,  # {difference}: the first figure that rows and final board do not share
    "recount.file":              422,  # {field}: the file is no recount file, or broken
    # -- the contest's quiz
    "code.wrong":                401,  # wrong, used up or expired: the three are not told apart
    "quiz.over":                 409,  # handed in, or its time is up
    "quiz.running":              409,  # answers are shown when no attempt is open
    "quiz.too_many":             409,  # {limit}
    "quiz.bank_short":           409,  # {difficulty}, {needed}, {found}
    "quiz.paper_used":           409,  # {week}
    "question.kind":             422,  # {value}
    "question.difficulty":       422,  # {value}
    "question.options":          422,  # {fewest}, {most}
    "question.option":           422,
    "question.right":            422,
    "question.unchanged":        409,  # that is how it is marked already
    "question.ruled":            409,  # {code}: its key in the bank is the wrong one
    "question.used":             409,  # {code}: it was asked already
    "gift.not_text":             422,
    "gift.no_answers":           422,
    "gift.braces":               422,
    "gift.answers":              422,  # {most}
    "gift.kind":                 422,  # matching, numerical, short answer, essay
    # -- the contest's votes
    "vote.names":                422,  # {fewest}, {most}: too few, too many, one twice, or somebody who takes no part
    "vote.no_number":            403,  # an account without employee number is no employee who could vote
    "vote.self":                 403,
    "vote.already":              409,  # {receipt}: of the day's ballot, or of this device's by the same token
    "vote.used":                 409,  # a token that another device used
    "vote.token":                403,  # not ours, or expired
    "vote.has_slip":             409,  # {value}: a transaction whose slip was made before
    # -- reports
    "report.no_visits":          409,
    "report.unknown_round":      404,  # {name} {known}
    "report.unknown_branch":     404,  # {name} {known}
    "report.fonts_missing":      500,  # {family}
    "report.photo_missing":      409,  # {name}
    "document.missing":          409,  # {name}: its file is not in the store
    "report.timeout":            500,
    "report.too_large":          422,
    "report.failed":             500,  # {cause}
}
# fmt: on


class RoundsError(Exception):
    """A refusal with a stable code.

    `code` is a key of `ERRORS`; `params` fill the placeholders of its text; `status` is its HTTP status.
    """

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params
        self.status = ERRORS[code]

    def __str__(self) -> str:
        details = ", ".join(f"{key}={value}" for key, value in self.params.items())
        return f"{self.code} ({details})" if details else self.code
