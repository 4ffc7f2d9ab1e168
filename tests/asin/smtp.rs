//! A mail server for one test: it speaks the protocol, keeps what it takes, and fails as it is told.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What is to go wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The server asks for patience: 451 after MAIL.
    Busy,
    /// The connection breaks while the message is sent.
    Break,
    /// The connection breaks before a word is said.
    Silent,
}

/// A message that was taken.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    /// Headers and body as they came.
    pub(crate) data: String,
}

/// The server; it ends with the process.
pub(crate) struct Smtp {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    troubles: Mutex<VecDeque<Trouble>>,
    refused: Mutex<Vec<String>>,
    /// User and password that it wants, as AUTH PLAIN has them.
    login: Option<String>,
    taken: Mutex<Vec<Taken>>,
    connections: Mutex<u32>,
}

impl Smtp {
    pub(crate) fn start(troubles: &[Trouble]) -> Self {
        Self::with(Shared {
            troubles: Mutex::new(troubles.iter().copied().collect()),
            ..Shared::default()
        })
    }

    /// A server that lets in who has this login: base64 of NUL, user, NUL, password.
    pub(crate) fn with_login(login: &str) -> Self {
        Self::with(Shared { login: Some(login.to_owned()), ..Shared::default() })
    }

    fn with(shared: Shared) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("smtp://{}", listener.local_addr().expect("an address"));
        let shared = Arc::new(shared);
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                *serving.connections.lock().expect("not poisoned") += 1;
                let shared = Arc::clone(&serving);
                // Who hangs up in the middle ends this conversation only.
                thread::spawn(move || serve(&shared, stream));
            }
        });
        Self { url, shared }
    }

    /// From now on this receiver is unknown, and all others are known.
    pub(crate) fn refuse(&self, receivers: &[&str]) {
        let refused = receivers.iter().map(|receiver| (*receiver).to_owned()).collect();
        *self.shared.refused.lock().expect("not poisoned") = refused;
    }

    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.shared.taken.lock().expect("not poisoned").clone()
    }

    pub(crate) fn connections(&self) -> u32 {
        *self.shared.connections.lock().expect("not poisoned")
    }
}

fn serve(shared: &Shared, mut stream: TcpStream) -> Option<()> {
    let trouble = shared.troubles.lock().expect("not poisoned").pop_front();
    if trouble == Some(Trouble::Silent) {
        return None;
    }
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let mut say = |text: &str| stream.write_all(format!("{text}\r\n").as_bytes()).ok();
    say("220 test ESMTP")?;
    let (mut from, mut to, mut is_known) = (String::new(), Vec::new(), shared.login.is_none());
    loop {
        let line = lines.next()?.ok()?;
        let (word, rest) = line.split_at(line.find(' ').unwrap_or(line.len()));
        let address = || rest.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        match &*word.to_uppercase() {
            "EHLO" => say("250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN")?,
            "AUTH" => {
                is_known = shared.login.as_deref() == rest.split(' ').nth(2);
                say(if is_known { "235 welcome" } else { "535 wrong user or password" })?;
            }
            "MAIL" if !is_known => say("530 who are you")?,
            "MAIL" if trouble == Some(Trouble::Busy) => say("451 later")?,
            "MAIL" => {
                from = address();
                say("250 ok")?;
            }
            "RCPT" => {
                let receiver = address();
                if shared.refused.lock().expect("not poisoned").contains(&receiver) {
                    say("550 no such user")?;
                } else {
                    to.push(receiver);
                    say("250 ok")?;
                }
            }
            "DATA" => {
                say("354 go on")?;
                let mut data = String::new();
                loop {
                    let line = lines.next()?.ok()?;
                    if trouble == Some(Trouble::Break) {
                        return None;
                    }
                    if line == "." {
                        break;
                    }
                    data += line.strip_prefix('.').unwrap_or(&line);
                    data.push('\n');
                }
                let (from, to) = (std::mem::take(&mut from), std::mem::take(&mut to));
                shared.taken.lock().expect("not poisoned").push(Taken { from, to, data });
                say("250 taken")?;
            }
            "QUIT" => {
                say("221 bye")?;
                return Some(());
            }
            "RSET" | "NOOP" => say("250 ok")?,
            _ => say("502 what")?,
        }
    }
}
