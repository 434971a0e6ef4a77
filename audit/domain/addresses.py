"""Addresses of the internet, as far as they tell who is asking."""

import ipaddress

PLACE_BITS = 32, 64  # of an IPv4 and of an IPv6 address: one line's; within its /64 a device takes a new one at will


def one_place(address: str) -> str:
    """What attempts are counted against: an IPv4 address, or the /64 of an IPv6 address; anything else itself."""
    return network(address, *PLACE_BITS).removesuffix("/32")


def network(address: str, v4_bits: int, v6_bits: int) -> str:
    """The network of so many bits that an address lies in, as text; what is no address stands for itself."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    found = getattr(found, "ipv4_mapped", None) or found
    bits = v4_bits if found.version == 4 else v6_bits
    return str(ipaddress.ip_network(f"{found}/{bits}", strict=False))
