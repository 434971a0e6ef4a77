"""What attempts are counted against: a line, never one of the addresses that a line may choose from."""

import pytest

from audit.domain.addresses import one_place


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:22ff::7", "2001:db8:1:22ff::/64"),
        ("2001:db8:1:22ff:dead:beef:0:1", "2001:db8:1:22ff::/64"),
        ("2001:db8:1:2200::7", "2001:db8:1:2200::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("10.1.2.3/8", "10.1.2.3/8"),
        ("", ""),
    ],
)
def test_an_address_is_counted_as_the_line_it_comes_from(address: str, expected: str) -> None:
    assert one_place(address) == expected
