//! Addresses: those that must not be reached (`blacklistIPs`), and those to connect from
//! (`localIPs`).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net};
use serde_json::Value;

use super::OptionError;
use super::read;

/// How many bits of an IPv6 address come before the IPv4 address that it maps (RFC 4291, section
/// 2.5.5.2).
const MAPPED_PREFIX: u8 = 96;

/// The most ranges: each address that is connected to is compared with all of them.
pub const MAX_BLOCKED_RANGES: usize = 4_096;

/// A range of addresses: `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressRange {
    net: IpNet,
    text: String,
}

impl AddressRange {
    /// Reads a range in CIDR notation (RFC 4632, section 3.1; RFC 4291, section 2.3), or an address.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let net = match text.parse::<IpNet>() {
            Ok(net) => net,
            Err(_) => IpNet::from(text.parse::<IpAddr>().ok()?),
        };
        Some(Self { net: canonical(net), text: text.to_owned() })
    }

    /// Whether an address is in it. An IPv4 address that is written as one of IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.net.contains(&address.to_canonical())
    }

    pub(super) fn read_all(value: &Value, path: &str) -> Result<Vec<Self>, OptionError> {
        let range = |(path, text): (String, String)| {
            Self::parse(&text).ok_or_else(|| {
                let expected = "a range of addresses such as \"10.0.0.0/8\", or an address";
                OptionError::value(&path, &text.into(), expected)
            })
        };
        read::strings_of(value, path, MAX_BLOCKED_RANGES)?.into_iter().map(range).collect()
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn canonical(net: IpNet) -> IpNet {
    if let (IpNet::V6(v6), IpAddr::V4(v4)) = (net, net.addr().to_canonical())
        && let Some(length) = v6.prefix_len().checked_sub(MAPPED_PREFIX)
        && let Ok(v4) = Ipv4Net::new(v4, length)
    {
        return v4.into();
    }
    net
}

/// Addresses of this machine that virtual users connect from, in turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalAddresses {
    blocks: Vec<Block>,
    texts: Vec<String>,
}

/// Addresses that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Block {
    first: IpAddr,
    count: u128,
}

impl LocalAddresses {
    /// Reads addresses, ranges (`10.0.0.1-10.0.0.9`) and networks (`10.0.0.0/24`): an array, or a text
    /// with commas between them.
    pub(super) fn read(value: &Value, path: &str) -> Result<Self, OptionError> {
        let items = match value.as_str() {
            Some(text) => text.split(',').map(|item| (path.to_owned(), item.to_owned())).collect(),
            None => read::strings(value, path)?,
        };
        let items: Vec<_> =
            items.into_iter().map(|(path, item)| (path, item.trim().to_owned())).collect();
        let block = |(path, item): &(String, String)| {
            Block::parse(item).ok_or_else(|| {
                let expected = "addresses such as \"10.0.0.1\", \"10.0.0.1-10.0.0.9\" or \
                                \"10.0.0.0/24\"";
                OptionError::value(path, &item.as_str().into(), expected)
            })
        };
        let blocks: Vec<_> = items.iter().map(block).collect::<Result<_, _>>()?;
        if blocks.is_empty() {
            return Err(OptionError::value(path, value, "at least one address"));
        }
        Ok(Self { blocks, texts: items.into_iter().map(|(_, item)| item).collect() })
    }

    /// The address whose turn it is, of the first one at 0.
    pub fn nth(&self, turn: u64) -> IpAddr {
        let total = self.blocks.iter().fold(0, |sum: u128, block| sum.saturating_add(block.count));
        let mut left = u128::from(turn) % total;
        for block in &self.blocks {
            if left < block.count {
                return plus(block.first, left);
            }
            left -= block.count;
        }
        self.blocks[0].first
    }

    pub(super) fn to_json(&self) -> Value {
        self.texts.iter().map(String::as_str).map(Value::from).collect()
    }
}

impl Block {
    fn parse(text: &str) -> Option<Self> {
        if let Ok(net) = text.parse::<IpNet>() {
            return Some(Self::of(net));
        }
        if let Some((first, last)) = text.split_once('-') {
            let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
            return Self::between(first, last);
        }
        text.parse().ok().map(|first| Self { first, count: 1 })
    }

    /// The hosts of a network: of IPv4, without the addresses of the network itself and of
    /// everybody in it.
    fn of(net: IpNet) -> Self {
        let between = Self::between(net.network(), net.broadcast());
        let all = between.expect("a network ends where it begins or behind that");
        match net {
            IpNet::V4(_) if all.count > 2 => {
                Self { first: plus(all.first, 1), count: all.count - 2 }
            }
            _ => all,
        }
    }

    fn between(first: IpAddr, last: IpAddr) -> Option<Self> {
        let distance = match (first, last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                u128::from(u32::from(last).checked_sub(u32::from(first))?)
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => {
                u128::from(last).checked_sub(u128::from(first))?
            }
            _ => return None,
        };
        Some(Self { first, count: distance.saturating_add(1) })
    }
}

/// The address that comes `distance` behind another one.
fn plus(address: IpAddr, distance: u128) -> IpAddr {
    match address {
        IpAddr::V4(first) => {
            let distance = u32::try_from(distance).unwrap_or(u32::MAX);
            Ipv4Addr::from(u32::from(first).saturating_add(distance)).into()
        }
        IpAddr::V6(first) => Ipv6Addr::from(u128::from(first).saturating_add(distance)).into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn contains(range: &str, address: &str) -> bool {
        AddressRange::parse(range).unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn an_address_of_v4_counts_as_such_however_it_is_written() {
        assert!(contains("10.0.0.0/8", "10.200.0.1"));
        assert!(contains("10.0.0.0/8", "::ffff:10.200.0.1"));
        assert!(contains("::ffff:10.0.0.0/104", "10.200.0.1"));
        assert!(!contains("10.0.0.0/8", "11.0.0.1"));
        assert!(contains("127.0.0.1", "127.0.0.1"));
        assert!(contains("fd00::/8", "fd00::1"));
        assert!(!contains("::/0", "10.0.0.1"));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        let error = AddressRange::read_all(&json!(["10.0.0.0/33"]), "blacklistIPs").unwrap_err();
        assert_eq!(
            error.to_string(),
            "option \"blacklistIPs[0]\" is \"10.0.0.0/33\", expected a range of addresses such as \
             \"10.0.0.0/8\", or an address"
        );
    }

    #[test]
    fn there_are_only_so_many_ranges() {
        let ranges =
            |count| AddressRange::read_all(&vec!["10.0.0.0/8"; count].into(), "blacklistIPs");
        assert_eq!(ranges(MAX_BLOCKED_RANGES).unwrap().len(), MAX_BLOCKED_RANGES);
        assert_eq!(
            ranges(MAX_BLOCKED_RANGES + 1).unwrap_err().to_string(),
            "option \"blacklistIPs\" cannot be used: it has 4097 entries, and 4096 is the most"
        );
    }

    fn turns(value: Value, count: u64) -> Vec<String> {
        let addresses = LocalAddresses::read(&value, "localIPs").unwrap();
        (0..count).map(|turn| addresses.nth(turn).to_string()).collect()
    }

    #[test]
    fn local_addresses_are_taken_in_turn() {
        let all = json!("10.0.0.1, 10.0.1.1-10.0.1.2,10.0.2.0/30,fd00::/127");
        assert_eq!(
            turns(all, 8),
            [
                "10.0.0.1", "10.0.1.1", "10.0.1.2", "10.0.2.1", "10.0.2.2", "fd00::", "fd00::1",
                "10.0.0.1"
            ]
        );
        assert_eq!(turns(json!(["10.0.0.8/31", "::/0"]), 3), ["10.0.0.8", "10.0.0.9", "::"]);
    }

    #[test]
    fn what_is_no_local_address_is_refused() {
        for wrong in ["", "a", "10.0.0.2-10.0.0.1", "10.0.0.1-::1", "10.0.0.0/33", "10.0.0.1,"] {
            let error = LocalAddresses::read(&json!(wrong), "--local-ips").unwrap_err();
            assert!(error.to_string().starts_with("option \"--local-ips\" is "), "{wrong}");
        }
        assert!(LocalAddresses::read(&json!([]), "localIPs").is_err());
    }
}
