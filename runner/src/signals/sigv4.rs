//! Signatures of AWS, version 4, for requests without a query: the Product Advertising API asks for one. The crate
//! that has them brings sixty others along.

use crate::secret::Secret;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

/// Who signs, and for what.
#[derive(Debug, Clone)]
pub struct Signer {
    /// The public half of the key.
    pub access_key: String,
    /// The other half.
    pub secret_key: Secret,
    /// `us-east-1`.
    pub region: &'static str,
    /// The service's name in signatures.
    pub service: &'static str,
}

/// What is signed.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// `POST`.
    pub method: &'a str,
    /// The path of the address, as it is sent.
    pub path: &'a str,
    /// Names in lower case, in their order, and values; `host` is among them, `x-amz-date` is not.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

impl Signer {
    /// The values of the headers `x-amz-date` and `authorization`.
    pub fn sign(&self, request: &Request<'_>, now: Timestamp) -> [String; 2] {
        let time = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let authorization = self.authorization(request, &time);
        [time, authorization]
    }

    /// The header `authorization` of a request that was sent at this time, `20150830T123600Z`.
    pub fn authorization(&self, request: &Request<'_>, time: &str) -> String {
        let mut headers = request.headers.to_vec();
        headers.push(("x-amz-date", time));
        headers.sort_unstable();
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines: String =
            headers.iter().map(|(name, value)| format!("{name}:{}\n", trimmed(value))).collect();
        let Request { method, path, body, .. } = request;
        let canonical = format!("{method}\n{path}\n\n{lines}\n{names}\n{}", hex(&sha256(body)));
        let Self { access_key, secret_key, region, service } = self;
        let day = time.get(..8).unwrap_or(time);
        let scope = format!("{day}/{region}/{service}/aws4_request");
        let text =
            format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&sha256(canonical.as_bytes())));
        let key = format!("AWS4{}", secret_key.expose()).into_bytes();
        let parts = [day, region, service, "aws4_request", &text];
        let signature = parts.iter().fold(key, |key, part| hmac(&key, part.as_bytes()));
        let signature = hex(&signature);
        format!(
            "AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
    }
}

/// Blanks around gone, those inside one each.
fn trimmed(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn sha256(content: &[u8]) -> Vec<u8> {
    Sha256::digest(content).to_vec()
}

fn hmac(key: &[u8], content: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("keys of every length are taken");
    mac.update(content);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(method: &str, headers: &[(&str, &str)], body: &str) -> String {
        let signer = Signer {
            access_key: "AKIDEXAMPLE".to_owned(),
            secret_key: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            region: "us-east-1",
            service: "service",
        };
        let mut all = vec![("host", "example.amazonaws.com")];
        all.extend(headers);
        let request = Request { method, path: "/", headers: &all, body: body.as_bytes() };
        let now = "2015-08-30T12:36:00Z".parse().expect("a time");
        let [time, authorization] = signer.sign(&request, now);
        assert_eq!(time, "20150830T123600Z");
        authorization
    }

    /// The cases get-vanilla, post-vanilla, post-x-www-form-urlencoded and get-header-value-trim of AWS's own
    /// suite.
    #[test]
    fn signatures_are_those_of_the_published_suite() {
        let names = |names: &str, signature: &str| {
            format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                 SignedHeaders={names}, Signature={signature}"
            )
        };
        assert_eq!(
            sign("GET", &[], ""),
            names(
                "host;x-amz-date",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
            )
        );
        assert_eq!(
            sign("POST", &[], ""),
            names(
                "host;x-amz-date",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
            )
        );
        let form = [("content-type", "application/x-www-form-urlencoded")];
        assert_eq!(
            sign("POST", &form, "Param1=value1"),
            names(
                "content-type;host;x-amz-date",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
            )
        );
        let blanks = [("my-header1", " value1"), ("my-header2", " \"a   b   c\"")];
        assert_eq!(
            sign("GET", &blanks, ""),
            names(
                "host;my-header1;my-header2;x-amz-date",
                "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"
            )
        );
    }
}
