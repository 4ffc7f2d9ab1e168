//! A root folder with everything a run needs, the binary on it, and what it left.
//!
//! [`Input`] says what is in the root, with a working default; [`Root`] is the folder on disk.

mod clicks;
mod input;
mod postgres;
mod root;
mod service;
mod tyres;

pub(crate) use clicks::{Event, Item, item, purchase, view};
pub(crate) use input::Input;
pub(crate) use postgres::Postgres;
pub(crate) use root::{AIM_DATA_COLUMNS, Root, Run};
pub(crate) use service::{PASSWORD, Standin, reply, scripted};
pub(crate) use tyres::{Sale, Tyre, sale, tyre};
