use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore};

use crate::error::{Error, Result};

/// Whom to trust, and who we are.
///
/// By default the machine's own trust store decides, so company authorities installed there just work; on Linux
/// `SSL_CERT_FILE` and `SSL_CERT_DIR` can name another. Nothing here turns a check off.
///
/// ```no_run
/// use mistral_transport::{HttpClientSettings, TlsSettings};
///
/// # fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// let tls = TlsSettings::default()
///     .add_roots(&std::fs::read("company-ca.pem")?)?
///     .client_certificate(&std::fs::read("client.pem")?, &std::fs::read("client-key.pem")?)?;
/// let settings = HttpClientSettings::default().tls(tls);
/// # let _ = settings;
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct TlsSettings {
    base: Base,
    roots: Vec<CertificateDer<'static>>,
    identity: Option<Arc<Identity>>,
    provider: Option<Arc<CryptoProvider>>,
}

/// Who is trusted besides the roots given.
#[derive(Debug, Clone, Copy, Default)]
enum Base {
    #[default]
    Platform,
    #[cfg(feature = "webpki-roots")]
    Bundled,
    Nobody,
}

struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl TlsSettings {
    /// Trusts these authorities too: certificates in PEM.
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) if there is no certificate in it, or one that cannot be read.
    pub fn add_roots(mut self, pem: &[u8]) -> Result<Self> {
        self.roots.extend(certificates(pem, "root certificates")?);
        Ok(self)
    }

    /// Trusts these authorities and nobody else: certificates in PEM.
    ///
    /// # Errors
    ///
    /// As [`add_roots`](Self::add_roots).
    pub fn only_roots(mut self, pem: &[u8]) -> Result<Self> {
        self.roots = certificates(pem, "root certificates")?;
        self.base = Base::Nobody;
        Ok(self)
    }

    /// Trusts the authorities that Mozilla trusts, as compiled in, and not the machine's store.
    ///
    /// With the feature `webpki-roots` they also stand in where a machine has no store.
    #[cfg(feature = "webpki-roots")]
    #[must_use]
    pub fn bundled_roots(mut self) -> Self {
        self.base = Base::Bundled;
        self
    }

    /// The cryptography that TLS uses, in place of the one compiled in.
    ///
    /// With the feature `rustls-no-provider` alone none is compiled in, and one must be given here, before a
    /// [`client_certificate`](Self::client_certificate). A process-wide default of rustls is never looked at: it fails where
    /// two providers are linked.
    #[must_use]
    pub fn crypto_provider(mut self, provider: Arc<CryptoProvider>) -> Self {
        self.provider = Some(provider);
        self
    }

    /// Proves who we are to a server or gateway that asks: a certificate with its chain, and its private key, in PEM.
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) if either cannot be read, or the key does not belong to the certificate.
    pub fn client_certificate(mut self, chain: &[u8], key: &[u8]) -> Result<Self> {
        let chain = certificates(chain, "client certificate")?;
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|_| Error::config("the private key of the client certificate cannot be read; PEM is expected"))?;
        let provider = self.provider()?;
        let signing = provider.key_provider.load_private_key(key.clone_key());
        let fits = signing.and_then(|signing| rustls::sign::CertifiedKey::new(chain.clone(), signing).keys_match());
        match fits {
            Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {}
            Err(error) => {
                let message = "the private key cannot be used with the client certificate";
                return Err(Error::config(message).caused_by(error));
            }
        }
        self.identity = Some(Arc::new(Identity { chain, key }));
        Ok(self)
    }

    /// The same trust, without saying who we are.
    pub(super) fn anonymous(&self) -> Self {
        Self { identity: None, ..self.clone() }
    }

    /// The provider given, or the one compiled in. Chosen in code: a process-wide default would fail where two are linked.
    fn provider(&self) -> Result<Arc<CryptoProvider>> {
        self.provider.clone().or_else(compiled_in).ok_or_else(|| {
            Error::config(
                "no cryptography for TLS: give it with TlsSettings::crypto_provider, or build with the feature rustls-ring \
                 or rustls-aws-lc",
            )
        })
    }

    /// What rustls needs to know.
    ///
    /// The inner error is the reason why nobody can be trusted: a machine without a trust store can still talk to itself,
    /// so that is told to whoever needs TLS there, and to nobody else.
    pub(super) fn config(&self) -> Result<Result<ClientConfig, Arc<str>>> {
        let provider = self.provider()?;
        let verifier = match self.verifier(&provider) {
            Ok(verifier) => verifier,
            Err(error) => return Ok(Err(error.to_string().into())),
        };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::config("the crypto provider supports no version of TLS in use").caused_by(error))?
            // Its own name for a verifier other than rustls's; the platform's checks all that rustls's does.
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let Some(identity) = &self.identity else { return Ok(Ok(config.with_no_client_auth())) };
        let config = config
            .with_client_auth_cert(identity.chain.clone(), identity.key.clone_key())
            .map_err(|error| Error::config("the client certificate cannot be used").caused_by(error))?;
        Ok(Ok(config))
    }

    fn verifier(&self, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, rustls::Error> {
        let mut store = RootCertStore::empty();
        match self.base {
            Base::Platform => match self.platform(provider) {
                #[cfg(feature = "webpki-roots")]
                Err(_) => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
                outcome => return outcome,
            },
            #[cfg(feature = "webpki-roots")]
            Base::Bundled => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Base::Nobody => {}
        }
        for root in &self.roots {
            store.add(root.clone())?;
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(store.into(), provider.clone()).build();
        Ok(verifier.map_err(|error| rustls::Error::General(error.to_string()))?)
    }

    fn platform(&self, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, rustls::Error> {
        use rustls_platform_verifier::Verifier;
        #[cfg(not(target_os = "android"))]
        let verifier = Verifier::new_with_extra_roots(self.roots.iter().cloned(), provider.clone())?;
        #[cfg(target_os = "android")]
        let verifier = Verifier::new(provider.clone())?;
        Ok(Arc::new(verifier))
    }
}

impl fmt::Debug for TlsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { base, roots, identity, provider: _ } = self;
        f.debug_struct("TlsSettings")
            .field("base", base)
            .field("roots", &roots.len())
            .field("client_certificate", &identity.is_some())
            .finish()
    }
}

/// The provider that the features name.
fn compiled_in() -> Option<Arc<CryptoProvider>> {
    #[cfg(feature = "rustls-aws-lc")]
    return Some(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    #[cfg(all(feature = "rustls-ring", not(feature = "rustls-aws-lc")))]
    return Some(Arc::new(rustls::crypto::ring::default_provider()));
    #[cfg(not(any(feature = "rustls-ring", feature = "rustls-aws-lc")))]
    None
}

fn certificates(pem: &[u8], what: &str) -> Result<Vec<CertificateDer<'static>>> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| Error::config(format!("the {what} cannot be read: {error}")))?;
    if certificates.is_empty() {
        return Err(Error::config(format!("there is no certificate in the {what}; PEM is expected")));
    }
    // Read once here, so that a broken one is a setting that is wrong, and not a server.
    let mut store = RootCertStore::empty();
    for (at, certificate) in certificates.iter().enumerate() {
        store.add(certificate.clone()).map_err(|error| {
            Error::config(format!("certificate {} of the {what} cannot be read", at + 1)).caused_by(error)
        })?;
    }
    Ok(certificates)
}

/// What TLS complained of, wherever it hides.
pub(super) fn problem<'a>(cause: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    inside(cause)
}

/// The refusal of a handshake, wherever it hides.
pub(super) fn refusal<'a>(cause: &'a (dyn StdError + 'static)) -> Option<&'a Refusal> {
    inside(cause)
}

/// The error that `io::Error`s wrap: they do not count it among their sources.
fn inside<'a, E: StdError + 'static>(cause: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut cause = cause;
    loop {
        if let Some(found) = cause.downcast_ref() {
            return Some(found);
        }
        cause = cause.downcast_ref::<io::Error>()?.get_ref()?;
    }
}

/// The other side refused us in the handshake, so that it has read nothing of what we began to send.
///
/// In TLS 1.3 we are done with the handshake before the server has judged our certificate, or the lack of one. It reads no
/// request before that is done; once it has said anything else, the same alert may mean anything.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) rustls::Error);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Refusal {}

/// The error of a connection, as a [`Refusal`] if it is one.
pub(super) fn in_handshake(error: io::Error) -> io::Error {
    match problem(&error).filter(|problem| is_refusal(problem)) {
        Some(problem) => io::Error::new(error.kind(), Refusal(problem.clone())),
        None => error,
    }
}

/// Whether the alert is one by which a server refuses a certificate, or the lack of one.
fn is_refusal(problem: &rustls::Error) -> bool {
    use AlertDescription as Alert;
    matches!(
        problem,
        rustls::Error::AlertReceived(
            Alert::CertificateRequired
                | Alert::BadCertificate
                | Alert::UnsupportedCertificate
                | Alert::CertificateRevoked
                | Alert::CertificateExpired
                | Alert::CertificateUnknown
                | Alert::UnknownCA
                | Alert::AccessDenied
                | Alert::HandshakeFailure
        )
    )
}

/// The problem in words, and what to do about it.
pub(super) fn explain(problem: &rustls::Error) -> String {
    use CertificateError as Certificate;
    match problem {
        rustls::Error::InvalidCertificate(Certificate::Expired | Certificate::ExpiredContext { .. }) => {
            "its certificate has expired, or the clock of this machine is wrong".into()
        }
        rustls::Error::InvalidCertificate(Certificate::NotValidYet | Certificate::NotValidYetContext { .. }) => {
            "its certificate is not valid yet, or the clock of this machine is wrong".into()
        }
        rustls::Error::InvalidCertificate(Certificate::UnknownIssuer) => {
            "the issuer of its certificate is unknown here; if it is to be trusted, add its CA certificate to the trust store \
             of this machine, or to the client with TlsSettings::add_roots"
                .into()
        }
        rustls::Error::InvalidCertificate(Certificate::NotValidForNameContext { presented, .. }) => {
            let names = if presented.is_empty() { "no name".to_owned() } else { presented.join(", ") };
            format!("its certificate is for another name ({names})")
        }
        rustls::Error::InvalidCertificate(Certificate::NotValidForName) => {
            "its certificate is for another name".into()
        }
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "it asks for a client certificate; give one with TlsSettings::client_certificate".into()
        }
        rustls::Error::AlertReceived(alert) => format!("it ended the handshake ({alert:?})"),
        rustls::Error::InvalidMessage(_) => format!("what it sends is not TLS ({problem})"),
        problem => problem.to_string(),
    }
}
