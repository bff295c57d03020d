//! A certificate of the client with its key.

use pkcs8::EncryptedPrivateKeyInfo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use thiserror::Error;

use super::{TlsError, certificates};

const ENCRYPTED_BEGIN: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
const ENCRYPTED_END: &str = "-----END ENCRYPTED PRIVATE KEY-----";

/// The line in an encrypted key of OpenSSL's own format (RFC 1421, section 4.6.1.1), which derives
/// keys from passwords by MD5.
const LEGACY_ENCRYPTION: &str = "Proc-Type: 4,ENCRYPTED";

/// A certificate of the client with its chain and its private key.
#[derive(Debug)]
pub struct Identity {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), key: self.key.clone_key() }
    }
}

/// Why texts are not a certificate with its key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IdentityError {
    /// The certificate is none.
    #[error("{0}")]
    Certificate(TlsError),
    /// The key is none.
    #[error("there is no private key in PEM (PKCS#8, PKCS#1 or SEC1)")]
    NoKey,
    /// The key is encrypted, and there is no password.
    #[error("the private key is encrypted, and there is no password for it")]
    NoPassword,
    /// The key cannot be decrypted.
    #[error("the private key cannot be decrypted with this password: {0}")]
    Decryption(String),
    /// The key is encrypted in OpenSSL's old format.
    #[error(
        "the private key is encrypted in OpenSSL's old format; `openssl pkcs8 -topk8 -in old.pem` \
         converts it"
    )]
    LegacyEncryption,
}

impl Identity {
    /// Reads a certificate, with the others of its chain behind it, and its key from texts in PEM
    /// (RFC 7468). A key in encrypted PKCS#8 (RFC 5958, section 3) needs its password.
    ///
    /// # Errors
    ///
    /// See [`IdentityError`].
    pub fn from_pem(
        certificate: &str,
        key: &str,
        password: Option<&str>,
    ) -> Result<Self, IdentityError> {
        let chain = certificates(certificate).map_err(IdentityError::Certificate)?;
        let key = match encrypted_block(key) {
            Some(block) => decrypt(block, password.ok_or(IdentityError::NoPassword)?)?,
            None if key.contains(LEGACY_ENCRYPTION) => return Err(IdentityError::LegacyEncryption),
            None => {
                PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| IdentityError::NoKey)?
            }
        };
        Ok(Self { chain, key })
    }
}

fn encrypted_block(text: &str) -> Option<&str> {
    let start = text.find(ENCRYPTED_BEGIN)?;
    let end = text[start..].find(ENCRYPTED_END)?;
    Some(&text[start..start + end + ENCRYPTED_END.len()])
}

fn decrypt(block: &str, password: &str) -> Result<PrivateKeyDer<'static>, IdentityError> {
    let (_, document) = pkcs8::SecretDocument::from_pem(block).map_err(|_| IdentityError::NoKey)?;
    let wrong = |error: pkcs8::Error| IdentityError::Decryption(error.to_string());
    let encrypted = EncryptedPrivateKeyInfo::try_from(document.as_bytes()).map_err(wrong)?;
    let key = encrypted.decrypt(password).map_err(wrong)?;
    Ok(PrivatePkcs8KeyDer::from(key.as_bytes().to_vec()).into())
}
