//! The Waves client, the stand-in and its command, over real HTTP on loopback.

#[cfg(test)]
#[path = "../../tests/scripted_waves.rs"]
mod scripted_waves;
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
