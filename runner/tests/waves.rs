//! The Waves client, the stand-in and its command, over real HTTP on loopback.

#[cfg(test)]
mod waves {
    mod calls;
    mod command;
    mod fixture;
    mod pages;
    mod runs;
    mod scripted;
    mod segments;
    mod server;
    mod warehouse;
}
