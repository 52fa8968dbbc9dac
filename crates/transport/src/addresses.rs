//! Which addresses may be connected to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Uri;

use crate::ErrorKind;
use crate::failure::{Failure, Reach};

/// Which addresses may be connected to.
///
/// Whoever lets somebody else choose a URL lets them reach whatever this machine can reach: the services of its own
/// network, and of the cloud it runs in. Signed URLs are therefore fetched under [`Public`](Self::Public).
///
/// ```
/// use mistral_transport::AddressPolicy;
///
/// let metadata = "169.254.169.254".parse()?;
/// assert!(AddressPolicy::Any.allows(metadata) && !AddressPolicy::Public.allows(metadata));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum AddressPolicy {
    /// Every address.
    #[default]
    Any,
    /// Addresses of the public internet, which is what IANA's special-purpose registries leave, and not the one at which
    /// Azure serves its machines. An IPv4 address written as an IPv6 one is none of them, except behind NAT64.
    Public,
    /// Those, and this very machine.
    PublicOrLoopback,
}

impl AddressPolicy {
    /// Whether a connection may be made to this address.
    pub fn allows(self, address: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::Public => is_public(address),
            Self::PublicOrLoopback => address.is_loopback() || is_public(address),
        }
    }

    /// Checks what the host of a URL says of its address before anybody looks it up. A name says nothing yet, unless it
    /// is `localhost`.
    pub(crate) fn check_host(self, uri: &Uri) -> Result<(), Failure> {
        let host = uri.host().unwrap_or_default();
        let allowed = match written_address(host) {
            Written::Address(address) => self.allows(address),
            Written::Localhost => self.allows(Ipv4Addr::LOCALHOST.into()),
            Written::OddAddress => self == Self::Any,
            Written::Name => true,
        };
        if allowed { Ok(()) } else { Err(self.refusal(host)) }
    }

    /// The failure of a connection that was not made.
    pub(crate) fn refusal(self, host: &str) -> Failure {
        let message = format!("{host} has no public address, so it was not connected to");
        Failure::permanent(ErrorKind::Redirect, Reach::NotSent, message)
    }
}

/// What stands in the place of a host.
enum Written {
    Address(IpAddr),
    Localhost,
    /// `127.1`, `0x7f000001`, `[fe80::1%25eth0]`: an address to some resolvers, and to proxies that use them.
    OddAddress,
    Name,
}

fn written_address(host: &str) -> Written {
    let bare = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    if let Ok(address) = bare.parse() {
        return Written::Address(address);
    }
    if host.starts_with('[') {
        return Written::OddAddress;
    }
    let last = bare.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_hexadecimal = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_hexdigit());
    if last == "localhost" {
        Written::Localhost
    } else if last.bytes().all(|byte| byte.is_ascii_digit()) || last.strip_prefix("0x").is_some_and(is_hexadecimal) {
        Written::OddAddress
    } else {
        Written::Name
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        // This network, private use, this machine, link-local (metadata of most clouds among it).
        [0 | 10 | 127, ..] | [169, 254, ..] | [172, 16..=31, ..] | [192, 168, ..] => true,
        // Shared by the customers of a provider.
        [100, 64..=127, ..] => true,
        // Protocols, documentation, relays, benchmarks.
        [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [192, 88, 99, _] | [198, 18 | 19, ..] => true,
        // Multicast, reserved, broadcast.
        [224..=255, ..] => true,
        // What Azure serves to its own machines, metadata included.
        [168, 63, 129, 16] => true,
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // NAT64: how a network without IPv4 reaches an IPv4 address.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Protocols and Teredo, documentation, 6to4, documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // All other global unicast addresses there are.
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for public in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "169.253.0.1",
            "223.255.255.255",
            "2606:4700::1",
            "2a01::1",
            "64:ff9b::101:101",
        ] {
            assert!(AddressPolicy::Public.allows(public.parse().unwrap()), "{public}");
        }
        for special in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.0.1",
            "168.63.129.16",
            "169.254.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:1.1.1.1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::101:101",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff:fff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!AddressPolicy::Public.allows(special.parse().unwrap()), "{special}");
        }
    }

    #[test]
    fn this_machine_is_allowed_where_the_policy_says_so_and_nothing_else_with_it() {
        let allows = |address: &str| AddressPolicy::PublicOrLoopback.allows(address.parse().unwrap());
        assert!(allows("127.0.0.1") && allows("127.8.0.1") && allows("::1") && allows("1.1.1.1"));
        assert!(!allows("10.0.0.1") && !allows("0.0.0.0") && !allows("::ffff:127.0.0.1"));
    }

    #[test]
    fn a_host_that_is_an_address_in_any_spelling_is_judged_as_it_stands() {
        let check = |policy: AddressPolicy, host: &str| {
            let uri = format!("https://{host}/blob").parse().unwrap();
            policy.check_host(&uri).is_ok()
        };
        for name in ["blobs.example.com", "a1", "1.example.com", "1.1.1.1", "1.1.1.1:8443", "[2606:4700::1]", "face"] {
            assert!(check(AddressPolicy::Public, name), "{name}");
        }
        for this_machine in ["localhost", "LOCALHOST:80", "localhost.", "a.localhost", "127.0.0.1", "[::1]:1"] {
            assert!(!check(AddressPolicy::Public, this_machine), "{this_machine}");
            assert!(check(AddressPolicy::PublicOrLoopback, this_machine), "{this_machine}");
        }
        let odd = ["127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.0.0.1."];
        for odd in odd.into_iter().chain(["[::ffff:127.0.0.1]", "[fe80::1%25eth0]", "[2606:4700::1%25lo]"]) {
            assert!(!check(AddressPolicy::Public, odd), "{odd}");
        }
        assert!(check(AddressPolicy::Any, "127.1") && check(AddressPolicy::Any, "10.0.0.1"));
    }
}
