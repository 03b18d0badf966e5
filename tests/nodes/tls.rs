//! A database that is reached over a network: whose certificate is verified, and which wants one of each node.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use super::{DATABASE, Shared};
use crate::fixture::{C1, DORY};

/// Nobody gets in but by TLS, as the user that their certificate names.
const ACCESS: &str = "local all all trust\nhostssl keyward keyward 127.0.0.1/32 cert\nhostssl keyward keyward ::1/128 cert\n";

/// An authority, whose certificates lie in a folder.
struct Authority {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(folder: PathBuf) -> Self {
        fs::create_dir(&folder).unwrap();
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        fs::write(folder.join("ca.pem"), parameters.self_signed(&key).unwrap().pem()).unwrap();
        Authority { folder, issuer: Issuer::new(parameters, key) }
    }

    /// Writes a certificate with its key for `name`.
    fn certify(&self, name: &str) {
        let mut parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        fs::write(self.path(&format!("{name}.pem")), certificate.pem()).unwrap();
        fs::write(self.path(&format!("{name}.key")), key.serialize_pem()).unwrap();
        keep_private(&self.path(&format!("{name}.key")));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn keep_private(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Lets the database speak TLS with a certificate for 127.0.0.1 and nothing else.
fn with_tls(shared: &Shared, authority: &Authority) {
    authority.certify("127.0.0.1");
    let data = PathBuf::from(shared.postgres.ask("postgres", "SHOW data_directory").unwrap().trim());
    for (from, to) in [("ca.pem", "ca.pem"), ("127.0.0.1.pem", "server.crt"), ("127.0.0.1.key", "server.key")] {
        fs::copy(authority.path(from), data.join(to)).unwrap();
        // It reads only what is its user's own.
        let owned = Command::new("chown").arg("--reference").arg(&data).arg(data.join(to)).status().unwrap();
        assert!(owned.success());
    }
    for sql in [
        "CREATE ROLE keyward LOGIN",
        "ALTER DATABASE keyward OWNER TO keyward",
        "ALTER SYSTEM SET ssl_ca_file = 'ca.pem'",
        "ALTER SYSTEM SET ssl = on",
    ] {
        shared.postgres.ask("postgres", sql).unwrap();
    }
    fs::write(data.join("pg_hba.conf"), ACCESS).unwrap();
    shared.postgres.ask("postgres", "SELECT pg_reload_conf()").unwrap();
}

#[test]
fn a_database_elsewhere_is_verified_and_verifies_the_node() {
    let Some(shared) = Shared::start(&[]) else { return };
    let (own, strange) = (Authority::new(shared.folder.path().join("own")), Authority::new(shared.folder.path().join("strange")));
    with_tls(&shared, &own);
    for authority in [&own, &strange] {
        authority.certify("keyward");
    }
    let url = |host: &str, trusted: &Authority, known: Option<&Authority>| {
        let port = shared.postgres.port();
        let known = known.map(|by| format!("&sslcert={}&sslkey={}", by.path("keyward.pem").display(), by.path("keyward.key").display()));
        let trusted = trusted.path("ca.pem");
        format!("postgres://keyward@{host}:{port}/{DATABASE}?sslrootcert={}{}", trusted.display(), known.unwrap_or_default())
    };

    let server = shared.home_at(&url("127.0.0.1", &own, Some(&own))).start();
    let tokens = server.standard().login(C1, DORY);
    assert!(server.standard().is_active(C1, &tokens.access));

    for (what, url, mend) in [
        ("a database with the certificate of somebody else", url("127.0.0.1", &strange, Some(&own)), "as sslrootcert the certificates"),
        ("a certificate for another name", url("localhost", &own, Some(&own)), "name the host as its certificate does"),
        ("a node that nobody vouches for", url("127.0.0.1", &own, None), "let the user in (pg_hba.conf)"),
        ("a node that somebody else vouches for", url("127.0.0.1", &own, Some(&strange)), "as sslcert and sslkey"),
        ("no TLS", format!("postgres://keyward@127.0.0.1:{}/{DATABASE}", shared.postgres.port()), "let the user in (pg_hba.conf)"),
    ] {
        let (_, said) = shared.home_at(&url).refuse();
        assert!(said.contains("cannot open the database postgres://") && said.contains(mend), "{what}: {said}");
    }
}
