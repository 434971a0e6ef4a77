"""Who is to be chosen can be told from whoever has the same name."""

from audit.domain.namesakes import told_apart


def test_only_those_of_one_name_are_told_with_what_they_sign_in_by() -> None:
    people = [(7, "李娜", "lina"), (2, "王镕", "wang"), (9, "李娜", "lina2")]
    assert told_apart(people) == {7: "李娜 (lina)", 2: "王镕", 9: "李娜 (lina2)"}
    assert list(told_apart(people)) == [7, 2, 9], "in the order given"
    assert told_apart([]) == {}
