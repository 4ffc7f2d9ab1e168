//! Addresses of servers, as libpq understands them, and as messages show them.

use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// The address with one place for hosts: in libpq, a `host` of the query replaces what stands before the
/// path; tokio-postgres would try that first.
pub(super) fn as_libpq(address: String) -> String {
    let Some((front, query)) = address.split_once('?') else { return address };
    let Some((scheme, place)) = front.split_once("://") else { return address };
    let given = |name: &str| {
        let value = |pair: &str| pair.strip_prefix(name)?.strip_prefix('=').map(str::is_empty);
        query.split('&').any(|pair| value(pair) == Some(false))
    };
    // Each by itself: of a list tokio-postgres would make one name, and one of an empty text.
    let pairs = query.split('&').flat_map(|pair| match pair.strip_prefix("host=") {
        Some(hosts) => hosts
            .split(',')
            .filter(|host| !host.is_empty())
            .map(|host| format!("host={host}"))
            .collect(),
        None => vec![pair.to_owned()],
    });
    let pairs = pairs.collect::<Vec<_>>().join("&");
    if !given("host") {
        return format!("{front}?{pairs}");
    }
    let (authority, path) = place.find('/').map_or((place, ""), |at| place.split_at(at));
    let (user, hosts) = match authority.rsplit_once('@') {
        Some((user, hosts)) => (format!("{user}@"), hosts),
        None => (String::new(), authority),
    };
    let ports: Vec<_> = hosts.split(',').map(|host| port(host).unwrap_or("5432")).collect();
    let ports = match hosts.split(',').any(|host| port(host).is_some()) && !given("port") {
        true => format!("&port={}", ports.join(",")),
        false => String::new(),
    };
    format!("{scheme}://{user}{path}?{pairs}{ports}")
}

/// The port of `host:port`, `[::1]:port`.
fn port(host: &str) -> Option<&str> {
    let name_end = host.rfind(']').map_or(0, |at| at + 1);
    let (_, port) = host[name_end..].split_once(':')?;
    Some(port).filter(|port| !port.is_empty())
}

/// Every host that is tried, with its port, and the database; nothing secret.
pub(super) fn describe(config: &Config) -> String {
    let names: Vec<String> = match config.get_hosts() {
        [] => config.get_hostaddrs().iter().map(ToString::to_string).collect(),
        hosts => hosts.iter().map(name).collect(),
    };
    let ports = config.get_ports();
    let port = |at: usize| ports.get(at).or(ports.first()).copied().unwrap_or(5432);
    let hosts = names.iter().enumerate().map(|(at, name)| format!("{name}:{}", port(at)));
    let hosts = hosts.collect::<Vec<_>>().join(" or ");
    let database = config.get_dbname().or(config.get_user()).unwrap_or("its default database");
    format!("{hosts}, database {database}")
}

fn name(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_those_that_libpq_would_try() {
        for (address, expected) in [
            ("postgresql://h/d", "h:5432, database d"),
            ("postgresql://u:p@h:6000/d?user=v", "h:6000, database d"),
            ("postgresql:///d?host=/tmp/s&user=u", "/tmp/s:5432, database d"),
            (
                "postgresql://u:p@localhost/d?host=/cloudsql/a:b:c",
                "/cloudsql/a:b:c:5432, database d",
            ),
            ("postgresql://u@localhost:6000/d?host=%2Ftmp", "/tmp:6000, database d"),
            ("postgresql://u@[::1]:6000/d?host=h&port=7000", "h:7000, database d"),
            ("postgresql://u@a:1,b/d?host=c,d", "c:1 or d:5432, database d"),
            ("postgresql://a:1,b:2/d", "a:1 or b:2, database d"),
            ("postgresql://a/d?host=", "a:5432, database d"),
            ("host=a,b port=1 dbname=d", "a:1 or b:1, database d"),
            ("hostaddr=127.0.0.1 dbname=d", "127.0.0.1:5432, database d"),
            ("postgresql://u@h", "h:5432, database u"),
        ] {
            let config: Config = as_libpq(address.to_owned()).parse().unwrap();
            assert_eq!(describe(&config), expected, "{address}");
        }
    }
}
