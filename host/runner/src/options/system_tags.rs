//! The tags that the runner itself gives to samples (`systemTags`).

/// A tag that the runner gives to samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum SystemTag {
    /// Protocol version.
    Proto,
    /// WebSocket subprotocol.
    Subproto,
    /// HTTP status of the handshake.
    Status,
    /// HTTP method.
    Method,
    /// The URL.
    Url,
    /// The URL, or the name that the script gave instead.
    Name,
    /// The path of the group.
    Group,
    /// The name of the check.
    Check,
    /// The text of an error.
    Error,
    /// The number of an error.
    ErrorCode,
    /// The version of TLS.
    TlsVersion,
    /// The scenario.
    Scenario,
    /// The RPC service.
    Service,
    /// Whether the response was one that the script expects.
    ExpectedResponse,
    /// The number of the iteration; it is kept as metadata.
    Iter,
    /// The number of the virtual user; it is kept as metadata.
    Vu,
    /// The stapled certificate status.
    OcspStatus,
    /// The address of the peer.
    Ip,
}

impl SystemTag {
    /// All of them; the first [`DEFAULT`](SystemTags::DEFAULT) ones are on if nothing else is asked for.
    pub const ALL: [Self; 18] = [
        Self::Proto,
        Self::Subproto,
        Self::Status,
        Self::Method,
        Self::Url,
        Self::Name,
        Self::Group,
        Self::Check,
        Self::Error,
        Self::ErrorCode,
        Self::TlsVersion,
        Self::Scenario,
        Self::Service,
        Self::ExpectedResponse,
        Self::Iter,
        Self::Vu,
        Self::OcspStatus,
        Self::Ip,
    ];

    /// Its name, as in `systemTags` and on samples.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proto => "proto",
            Self::Subproto => "subproto",
            Self::Status => "status",
            Self::Method => "method",
            Self::Url => "url",
            Self::Name => "name",
            Self::Group => "group",
            Self::Check => "check",
            Self::Error => "error",
            Self::ErrorCode => "error_code",
            Self::TlsVersion => "tls_version",
            Self::Scenario => "scenario",
            Self::Service => "service",
            Self::ExpectedResponse => "expected_response",
            Self::Iter => "iter",
            Self::Vu => "vu",
            Self::OcspStatus => "ocsp_status",
            Self::Ip => "ip",
        }
    }

    /// Whether samples have it as metadata, which is no tag: thresholds and time series do not see it.
    pub const fn is_metadata(self) -> bool {
        matches!(self, Self::Iter | Self::Vu)
    }

    const fn bit(self) -> u32 {
        1 << self as u8
    }
}

/// A set of system tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SystemTags(u32);

impl SystemTags {
    /// Those that are on if nothing else is asked for: all but `iter`, `vu`, `ocsp_status` and `ip`.
    pub const DEFAULT: Self = Self(SystemTag::Iter.bit() - 1);

    /// The set without tags.
    pub const NONE: Self = Self(0);

    /// The set of the tags with these names; names that do not exist are left out.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut set = Self::NONE;
        for name in names {
            if let Some(tag) = SystemTag::ALL.into_iter().find(|tag| tag.name() == name) {
                set.0 |= tag.bit();
            }
        }
        set
    }

    /// Whether a tag is on.
    pub const fn contains(self, tag: SystemTag) -> bool {
        self.0 & tag.bit() != 0
    }

    /// The tags that are on.
    pub fn iter(self) -> impl Iterator<Item = SystemTag> {
        SystemTag::ALL.into_iter().filter(move |&tag| self.contains(tag))
    }
}

impl Default for SystemTags {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_tags_are_off_by_default() {
        let off: Vec<_> = SystemTag::ALL
            .into_iter()
            .filter(|&tag| !SystemTags::DEFAULT.contains(tag))
            .map(SystemTag::name)
            .collect();
        assert_eq!(off, ["iter", "vu", "ocsp_status", "ip"]);
    }

    #[test]
    fn names_that_do_not_exist_are_left_out() {
        let set = SystemTags::from_names(["url", "nope", "ip"]);
        let names: Vec<_> = set.iter().map(SystemTag::name).collect();
        assert_eq!(names, ["url", "ip"]);
    }
}
