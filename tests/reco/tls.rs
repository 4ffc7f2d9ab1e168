//! Connections to a server that takes none without TLS.

use crate::fixture::Job;
use std::process::Command;

/// The name that the server's certificate has.
const NAME: &str = "db.test";

/// Where the server listens: not where another one would.
const ADDRESS: &str = "127.83.11.7";

/// A server with a certificate of an issuer of its own; the issuer's file, and another issuer's.
fn encrypted() -> (Job, String, String) {
    let mut job = Job::new();
    let folder = job.server.data();
    let openssl = |arguments: &str| {
        let words = arguments.split(' ').map(|word| word.replace('_', " "));
        let output =
            Command::new("openssl").args(words).current_dir(job.path("")).output().unwrap();
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
    job.server.run(&format!("alter system set listen_addresses = '{ADDRESS}'"));
    job.server.restart();
    let file = |name: &str| job.path(name).display().to_string();
    let (issuer, other) = (file("ca.pem"), file("other.pem"));
    job.set("AIM_LOG", "warn");
    (job, issuer, other)
}

#[test]
fn the_words_of_an_address_are_libpqs() {
    let (mut job, issuer, other) = encrypted();
    let none = "no pg_hba.conf entry";
    let unknown = "UnknownIssuer";
    for (host, words, refusal) in [
        (ADDRESS, "".to_owned(), None),
        (ADDRESS, "&sslmode=disable".to_owned(), Some(none)),
        (ADDRESS, "&sslmode=prefer".to_owned(), None),
        (ADDRESS, "&sslmode=require".to_owned(), None),
        (ADDRESS, format!("&sslmode=require&sslrootcert={other}"), Some(unknown)),
        (ADDRESS, format!("&sslmode=verify-ca&sslrootcert={issuer}"), None),
        (ADDRESS, format!("&sslmode=verify-ca&sslrootcert={other}"), Some(unknown)),
        (ADDRESS, "&sslmode=verify-ca".to_owned(), Some(unknown)),
        (ADDRESS, format!("&sslmode=verify-full&sslrootcert={issuer}"), Some("certificate")),
        (NAME, format!("&sslmode=verify-full&sslrootcert={issuer}"), None),
        (NAME, format!("&sslmode=verify-full&sslrootcert={other}"), Some(unknown)),
    ] {
        job.set(
            "DATABASE_URL",
            &format!("postgresql://postgres@{host}/aim?hostaddr={ADDRESS}{words}"),
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
