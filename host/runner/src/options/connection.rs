//! The options for connections: names, addresses, and TLS.

use serde_json::{Map, Value, json};

use super::certificates::roots;
use super::pattern::host_patterns;
use super::{
    AddressRange, CipherSuites, ClientCertificate, DnsOptions, HostPattern, Hosts, LocalAddresses,
    OptionError, Options, TlsVersions, read,
};

impl Options {
    /// Sets one of these options; false if `name` is none of them.
    pub(super) fn set_connection(
        &mut self,
        name: &str,
        value: &Value,
        path: &str,
    ) -> Result<bool, OptionError> {
        match name {
            "hosts" => self.hosts = Some(Hosts::read(value, path)?),
            "dns" => self.dns = Some(DnsOptions::read(value, path)?),
            "blockHostnames" => self.block_hostnames = Some(host_patterns(value, path)?),
            "blacklistIPs" => self.blacklist_ips = Some(AddressRange::read_all(value, path)?),
            "localIPs" => self.local_ips = Some(LocalAddresses::read(value, path)?),
            "userAgent" => self.user_agent = Some(read::string(value, path)?),
            "insecureSkipTLSVerify" => {
                self.insecure_skip_tls_verify = Some(read::boolean(value, path)?);
            }
            "caCerts" => self.ca_certs = Some(roots(value, path)?),
            "tlsAuth" => self.tls_auth = Some(ClientCertificate::read_all(value, path)?),
            "tlsVersion" => self.tls_version = Some(TlsVersions::read(value, path)?),
            "tlsCipherSuites" => self.tls_cipher_suites = Some(CipherSuites::read(value, path)?),
            "noCookiesReset" => self.no_cookies_reset = Some(read::boolean(value, path)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// These options as JSON; null where they are not set.
    pub(super) fn connection_json(&self) -> Map<String, Value> {
        let patterns = |patterns: &Vec<HostPattern>| shown(patterns);
        let ranges = |ranges: &Vec<AddressRange>| shown(ranges);
        let certificates = |certificates: &Vec<ClientCertificate>| {
            certificates.iter().map(ClientCertificate::to_json).collect::<Value>()
        };
        let json = json!({
            "hosts": self.hosts.as_ref().map(Hosts::to_json),
            "dns": self.dns.map(DnsOptions::to_json),
            "blockHostnames": self.block_hostnames.as_ref().map(patterns),
            "blacklistIPs": self.blacklist_ips.as_ref().map(ranges),
            "localIPs": self.local_ips.as_ref().map(LocalAddresses::to_json),
            "userAgent": self.user_agent,
            "insecureSkipTLSVerify": self.insecure_skip_tls_verify,
            "caCerts": self.ca_certs,
            "tlsAuth": self.tls_auth.as_ref().map(certificates),
            "tlsVersion": self.tls_version.map(TlsVersions::to_json),
            "tlsCipherSuites": self.tls_cipher_suites.as_ref().map(CipherSuites::to_json),
            "noCookiesReset": self.no_cookies_reset,
        });
        match json {
            Value::Object(object) => object,
            _ => Map::new(),
        }
    }

    /// What people should know about these options.
    pub(super) fn connection_warnings(&self) -> impl Iterator<Item = String> {
        let versions = self.tls_version.and_then(TlsVersions::warning);
        let suites = self.tls_cipher_suites.as_ref().and_then(CipherSuites::warning);
        versions.into_iter().chain(suites)
    }
}

fn shown<T: ToString>(items: &[T]) -> Value {
    items.iter().map(ToString::to_string).collect()
}
