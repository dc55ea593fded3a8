//! Tokens minted by others: the `openssl` command and npm's `jose`, each with a key of its own.
//!
//! For whatever has to accept what it did not sign itself. Must not use the cryptography that is under test.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// A token, and the JWK Set of whoever signed it.
pub struct Minted {
    pub token: String,
    pub jwks: String,
}

/// A key in a file, for the `openssl` command.
pub struct Openssl {
    folder: TempDir,
    algorithm: &'static str,
}

impl Openssl {
    /// A new key for RS256, ES256 or `EdDSA`.
    pub fn key(algorithm: &'static str) -> Self {
        match algorithm {
            "RS256" => Self::rsa(2048, 65537),
            "ES256" => Self::generate(algorithm, &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]),
            "EdDSA" => Self::generate(algorithm, &["ED25519"]),
            other => panic!("openssl is not asked for {other} here"),
        }
    }

    /// A new RSA key of so many bits, which may be too few.
    pub fn rsa(bits: u32, exponent: u32) -> Self {
        let bits = format!("rsa_keygen_bits:{bits}");
        let exponent = format!("rsa_keygen_pubexp:{exponent}");
        Self::generate("RS256", &["RSA", "-pkeyopt", &bits, "-pkeyopt", &exponent])
    }

    fn generate(algorithm: &'static str, arguments: &[&str]) -> Self {
        let key = Self {
            folder: TempDir::new().unwrap(),
            algorithm,
        };
        let file = key.file("key.pem");
        let mut command = Command::new("openssl");
        command.args(["genpkey", "-out"]).arg(file);
        run(command.arg("-algorithm").args(arguments), b"");
        key
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The public key (RFC 7517), read out of what openssl writes.
    pub fn jwk(&self, kid: &str) -> Value {
        let mut command = Command::new("openssl");
        command.args(["pkey", "-pubout", "-outform", "DER", "-in"]);
        let der = run(command.arg(self.file("key.pem")), b"");
        let last = |length: usize| &der[der.len() - length..];
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self.algorithm {
            "ES256" => {
                let (x, y) = last(64).split_at(32);
                json!({"kty": "EC", "crv": "P-256", "kid": kid, "x": encode(x), "y": encode(y)})
            }
            "EdDSA" => json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": encode(last(32))}),
            _ => {
                // SubjectPublicKeyInfo: algorithm, then a bit string that holds n and e (RFC 8017 A.1.1).
                let (_, info) = element(&der);
                let (algorithm, _) = element(info);
                let bits = element(&info[algorithm..]).1;
                let (_, numbers) = element(&bits[1..]);
                let (first, n) = element(numbers);
                let (_, e) = element(&numbers[first..]);
                let (n, e) = (encode(unsigned(n)), encode(unsigned(e)));
                json!({"kty": "RSA", "kid": kid, "n": n, "e": e})
            }
        }
    }

    /// A signature as JWS has it (RFC 7518 §3, RFC 8037 §3.1).
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let (key, input) = (self.file("key.pem"), self.file("message"));
        fs::write(&input, message).unwrap();
        let mut command = Command::new("openssl");
        if self.algorithm == "EdDSA" {
            command.args(["pkeyutl", "-sign", "-rawin", "-inkey"]);
            return run(command.arg(key).arg("-in").arg(input), b"");
        }
        command.args(["dgst", "-sha256", "-sign"]);
        let signature = run(command.arg(key).arg(input), b"");
        if self.algorithm == "ES256" {
            return fixed(&signature);
        }
        signature
    }

    /// A token with these claims.
    pub fn mint(&self, kid: &str, claims: &Value) -> Minted {
        let header = json!({"alg": self.algorithm, "kid": kid, "typ": "JWT"});
        let encode = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let message = format!("{}.{}", encode(&header), encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.sign(message.as_bytes()));
        Minted {
            token: format!("{message}.{signature}"),
            jwks: json!({"keys": [self.jwk(kid)]}).to_string(),
        }
    }
}

/// A token of npm's `jose`, for RS256, ES256 or `EdDSA`.
pub fn mint_with_jose(algorithm: &str, kid: &str, claims: &Value) -> Minted {
    let order = json!({"algorithm": algorithm, "kid": kid, "claims": claims});
    let answer = node("sign.mjs", order.to_string().as_bytes());
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    Minted {
        token: text("token"),
        jwks: text("jwks"),
    }
}

/// What the script of this name in `end2end/jose` answers.
pub fn node(script: &str, input: &[u8]) -> Vec<u8> {
    let end2end = crate::root().join("end2end");
    assert!(
        end2end.join("node_modules/jose").exists(),
        "npm's jose is missing: run script/bootstrap --test, which installs it and Node.js"
    );
    run(
        Command::new("node").arg(end2end.join("jose").join(script)),
        input,
    )
}

fn run(command: &mut Command, input: &[u8]) -> Vec<u8> {
    // From a file, so that nobody waits for a full pipe.
    let mut stdin = tempfile::tempfile().unwrap();
    stdin.write_all(input).unwrap();
    std::io::Seek::rewind(&mut stdin).unwrap();
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(stdin).stderr(Stdio::piped()).output();
    let output = output.unwrap_or_else(|error| {
        panic!("{name} can't be run ({error}): run script/bootstrap --test, which installs it")
    });
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} failed: {complaint}");
    output.stdout
}

/// The first element of some DER: its length as a whole, and what is in it.
fn element(der: &[u8]) -> (usize, &[u8]) {
    let (start, length) = match der[1] {
        short @ ..0x80 => (2, usize::from(short)),
        long => {
            let start = 2 + usize::from(long & 0x7f);
            let digits = der[2..start].iter();
            (
                start,
                digits.fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
            )
        }
    };
    (start + length, &der[start..start + length])
}

/// A number without the zero that keeps it positive.
fn unsigned(number: &[u8]) -> &[u8] {
    number.strip_prefix(&[0]).unwrap_or(number)
}

/// RFC 7518 §3.4: r and s, 32 bytes each, where openssl has a sequence of two numbers.
fn fixed(der: &[u8]) -> Vec<u8> {
    let (_, numbers) = element(der);
    let (first, r) = element(numbers);
    let (_, s) = element(&numbers[first..]);
    let mut signature = vec![0; 64];
    for (number, end) in [(unsigned(r), 32), (unsigned(s), 64)] {
        signature[end - number.len()..end].copy_from_slice(number);
    }
    signature
}
