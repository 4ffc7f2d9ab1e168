//! Connections to a server that takes none without TLS.

use crate::fixture::Job;
use std::process::Command;

/// The name that the server's certificate has.
const NAME: &str = "db.test";

/// Where the server listens: an address of this machine that no other process takes.
fn address() -> String {
    let [.., a, b, c] = std::process::id().to_be_bytes();
    format!("127.{}.{b}.{c}", 64 + a % 128)
}

/// A server at `address` with a certificate of an issuer of its own; the issuer's file, and another's.
fn encrypted(address: &str) -> (Job, String, String) {
    let mut job = Job::new();
    let folder = job.server.data();
    let openssl = |arguments: &str| {
        let mut command = Command::new("openssl");
        let output = command.args(arguments.split(' ')).current_dir(job.path("")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    for issuer in ["ca", "other"] {
        openssl(&format!(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={issuer} -keyout {issuer}.key -out {issuer}.pem"
        ));
    }
    openssl(&format!(
        "req -newkey rsa:2048 -nodes -subj /CN={NAME} -keyout server.key -out server.csr"
    ));
    std::fs::write(job.path("names"), format!("subjectAltName=DNS:{NAME}")).unwrap();
    openssl(
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem",
    );
    let read = |file: &str| std::fs::read_to_string(job.path(file)).unwrap().replace('\'', "''");
    for (file, content) in [("server.crt", read("server.pem")), ("server.key", read("server.key"))]
    {
        // By the server, whose user must own the key.
        let copy = format!("copy (select unnest(string_to_array('{content}', e'\\n'))) to program");
        job.server.run(&format!("{copy} 'umask 077; cat > \"{folder}/{file}\"'"));
    }
    job.server.run("copy (select 'hostssl all all all trust' union all select 'local all all trust') to program 'cat > pg_hba.conf'");
    job.server.run("alter system set ssl = on");
    job.server.run(&format!("alter system set listen_addresses = '{address}'"));
    job.server.restart();
    let file = |name: &str| job.path(name).display().to_string();
    let (issuer, other) = (file("ca.pem"), file("other.pem"));
    job.set("AIM_LOG", "warn");
    (job, issuer, other)
}

#[test]
fn the_words_of_an_address_are_libpqs() {
    let address = &*address();
    let (mut job, issuer, other) = encrypted(address);
    let none = "no pg_hba.conf entry";
    let unknown = "UnknownIssuer";
    for (host, words, refusal) in [
        (address, "".to_owned(), None),
        (address, "&sslmode=disable".to_owned(), Some(none)),
        (address, "&sslmode=prefer".to_owned(), None),
        (address, "&sslmode=require".to_owned(), None),
        (address, format!("&sslmode=require&sslrootcert={other}"), Some(unknown)),
        (address, format!("&sslmode=verify-ca&sslrootcert={issuer}"), None),
        (address, format!("&sslmode=verify-ca&sslrootcert={other}"), Some(unknown)),
        (address, "&sslmode=verify-ca".to_owned(), Some(unknown)),
        (address, format!("&sslmode=verify-full&sslrootcert={issuer}"), Some("certificate")),
        (NAME, format!("&sslmode=verify-full&sslrootcert={issuer}"), None),
        (NAME, format!("&sslmode=verify-full&sslrootcert={other}"), Some(unknown)),
    ] {
        job.set(
            "DATABASE_URL",
            &format!("postgresql://postgres@{host}/aim?hostaddr={address}{words}"),
        );
        let run = job.aim(&["status"]);
        match refusal {
            None => drop(run.ok()),
            Some(refusal) => {
                let error = run.error(1);
                assert!(error.contains(refusal), "{host} {words}: {error}");
            }
        }
    }
}
