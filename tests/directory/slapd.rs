//! OpenLDAP's server in a folder of its own, on ports of its own.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

use crate::home::free_address;
use crate::real;

const PEOPLE: &str = include_str!("people.ldif");
const SCHEMA: &str = r"
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.3.6.1.4.1.32473.1.1 NAME 'idsC2Profile' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.3.6.1.4.1.32473.1.2 NAME 'reefMember' EQUALITY booleanMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.7 )
attributetype ( 1.3.6.1.4.1.32473.1.3 NAME 'reefStatus' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 )
objectclass ( 1.3.6.1.4.1.32473.2.1 NAME 'reefMember' SUP top AUXILIARY MAY ( idsC2Profile $ reefMember $ reefStatus ) )
modulepath /usr/lib/ldap
moduleload back_mdb
";

/// A running server with the people of `people.ldif`; killed when dropped.
pub struct Slapd {
    folder: TempDir,
    child: Child,
    /// Where it speaks LDAP, and StartTLS.
    pub plain: SocketAddr,
    /// Where it speaks TLS from the beginning.
    pub tls: SocketAddr,
}

impl Slapd {
    /// Starts one, where it is installed.
    pub fn start() -> Option<Self> {
        Slapd::start_with("")
    }

    /// The same with further lines of configuration.
    pub fn start_with(more: &str) -> Option<Self> {
        if !real::are_there("OpenLDAP's slapd") {
            return None;
        }
        let folder = TempDir::new().unwrap();
        let at = folder.path();
        fs::create_dir(at.join("db")).unwrap();
        fs::write(at.join("people.ldif"), PEOPLE).unwrap();
        certificates(&folder);
        let here = at.display();
        let database = format!("database mdb\nsuffix \"dc=reef,dc=example\"\ndirectory {here}/db\nmaxsize 10485760\n");
        let tls = format!("TLSCertificateFile {here}/server.pem\nTLSCertificateKeyFile {here}/server.key\n");
        fs::write(at.join("slapd.conf"), format!("{SCHEMA}{tls}{more}\n{database}")).unwrap();
        let loaded = Command::new("/usr/sbin/slapadd").arg("-f").arg(at.join("slapd.conf")).arg("-l").arg(at.join("people.ldif")).output();
        let loaded = loaded.expect("slapadd is there");
        assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
        let (plain, tls) = (free_address(), free_address());
        let log = fs::File::create(at.join("log")).unwrap();
        let child = Command::new("/usr/sbin/slapd")
            .args(["-d", "0", "-h", &format!("ldap://{plain} ldaps://{tls}"), "-f"])
            .arg(at.join("slapd.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("slapd is there");
        let mut slapd = Slapd { folder, child, plain, tls };
        let begun = Instant::now();
        while TcpStream::connect(slapd.plain).is_err() || TcpStream::connect(slapd.tls).is_err() {
            let log = || fs::read_to_string(slapd.folder.path().join("log")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(60), "slapd does not answer: {}", log());
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(slapd.child.try_wait().unwrap().is_none(), "slapd ended: somebody else has one of its ports, {plain} or {tls}");
        Some(slapd)
    }

    /// The section `[directory]` that asks it, in clear.
    pub fn settings(&self) -> String {
        format!(
            r#"
            [directory]
            hosts = ["{}"]
            tls = "none"
            search_base = "ou=people,dc=reef,dc=example"
            service_dn = "cn=keyward,dc=reef,dc=example"
            service_password = "service-Wd5nRk8t"
            search_filter = "(|(uid=${{login}})(mail=${{login}}))"
            auth_filter = "(reefMember=TRUE)"
            user_not_blocked_filter = "(!(reefStatus=1))"
            "#,
            self.plain
        )
    }

    /// The certificate of who made its own.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// The certificate of somebody who did not.
    pub fn other_authority(&self) -> PathBuf {
        self.folder.path().join("other.pem")
    }

    /// Ends it.
    pub fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        self.stop();
    }
}

/// One for the server, good for 127.0.0.1 and nothing else, made by one of two authorities.
fn certificates(folder: &TempDir) {
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    let authority = || {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        (certificate.pem(), Issuer::new(params, key))
    };
    let ((own, issuer), (other, _)) = (authority(), authority());
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    write("authority.pem", own);
    write("other.pem", other);
    write("server.pem", server.pem());
    write("server.key", key.serialize_pem());
}
