//! The IPv4 addresses that IPv6 addresses stand for, so that no way of writing an address gets around a
//! rule about it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The segments before an IPv4 address that NAT64 translates (RFC 6052, section 2.1).
const NAT64: [u16; 6] = [0x64, 0xff9b, 0, 0, 0, 0];

/// The first segments of addresses that NAT64 translates within one network (RFC 8215).
const LOCAL_NAT64: [u16; 3] = [0x64, 0xff9b, 1];

/// The first segment of 6to4 (RFC 3056, section 2).
const SIX_TO_FOUR: u16 = 0x2002;

/// The address that is meant: IPv4 where one of IPv6 maps it, is compatible with it (RFC 4291, section
/// 2.5.5), or lets NAT64 translate it.
pub(super) fn meant(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    if let IpAddr::V4(v4) = v6.to_canonical() {
        return v4.into();
    }
    let segments = v6.segments();
    let is_compatible = segments[..6] == [0; 6] && !v6.is_unspecified() && !v6.is_loopback();
    if is_compatible || segments[..6] == NAT64 {
        return between(v6, 12).into();
    }
    address
}

/// All that an address may come to be: what is meant, how it is written, and what gateways or the
/// system may make of it.
pub(super) fn meanings(address: IpAddr) -> Vec<IpAddr> {
    let mut all = vec![meant(address)];
    if all[0] != address {
        all.push(address);
    }
    match address {
        // What is sent to no address arrives at this machine.
        IpAddr::V4(v4) if v4.is_unspecified() => all.push(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(v6) if v6.is_unspecified() => {
            all.extend([IpAddr::from(Ipv6Addr::LOCALHOST), Ipv4Addr::LOCALHOST.into()]);
        }
        IpAddr::V6(v6) if v6.segments()[0] == SIX_TO_FOUR => all.push(between(v6, 2).into()),
        IpAddr::V6(v6) if v6.segments()[..3] == LOCAL_NAT64 => {
            // The prefix has 48 bits (RFC 6052, section 2.2, leaves out bits 64 to 71) or, in parts
            // of it, 96.
            let octets = v6.octets();
            all.push(Ipv4Addr::new(octets[6], octets[7], octets[9], octets[10]).into());
            all.push(between(v6, 12).into());
        }
        _ => {}
    }
    if let IpAddr::V4(v4) = all[0]
        && v4.is_unspecified()
        && address.is_ipv6()
    {
        all.push(Ipv4Addr::LOCALHOST.into());
    }
    all
}

/// The IPv4 address that begins at this octet.
fn between(v6: Ipv6Addr, first: usize) -> Ipv4Addr {
    let octets = v6.octets();
    Ipv4Addr::new(octets[first], octets[first + 1], octets[first + 2], octets[first + 3])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_ipv4_address_is_found_in_what_stands_for_it() {
        for (written, expected) in [
            ("10.0.0.1", "10.0.0.1"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("::10.0.0.1", "10.0.0.1"),
            ("64:ff9b::10.0.0.1", "10.0.0.1"),
            ("::1", "::1"),
            ("::", "::"),
            ("fd00::10.0.0.1", "fd00::10.0.0.1"),
        ] {
            assert_eq!(meant(address(written)), address(expected), "{written}");
        }
    }

    #[test]
    fn gateways_and_the_system_make_more_of_some_addresses() {
        for (written, expected) in [
            ("2002:a00:1::1", "10.0.0.1"),
            ("64:ff9b:1:a00:0:100::", "10.0.0.1"),
            ("64:ff9b:1::10.0.0.1", "10.0.0.1"),
            ("0.0.0.0", "127.0.0.1"),
            ("::ffff:0.0.0.0", "127.0.0.1"),
            ("::", "127.0.0.1"),
            ("::", "::1"),
            ("64:ff9b::10.0.0.1", "64:ff9b::10.0.0.1"),
        ] {
            let all = meanings(address(written));
            assert!(all.contains(&address(expected)), "{written}: {all:?}");
        }
    }

    #[test]
    fn every_form_of_every_kind_of_address_means_the_same() {
        for high in
            [0u32, 10 << 24, 127 << 24, 169 << 24 | 254 << 16, 172 << 24 | 16 << 16, 192 << 24]
        {
            for low in [2u32, 0xffff, 0x1234] {
                let v4 = Ipv4Addr::from(high | low);
                for form in [v4.to_ipv6_mapped(), v4.to_ipv6_compatible(), nat64(v4)] {
                    assert_eq!(meant(form.into()), IpAddr::from(v4), "{form}");
                }
            }
        }
    }

    fn nat64(v4: Ipv4Addr) -> Ipv6Addr {
        let [a, b, c, d] = v4.octets();
        let pair = |high, low| u16::from_be_bytes([high, low]);
        Ipv6Addr::new(NAT64[0], NAT64[1], 0, 0, 0, 0, pair(a, b), pair(c, d))
    }
}
