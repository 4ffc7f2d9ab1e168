//! Runs that do not end, and what becomes of them: killed, interrupted, failed, and continued.

mod disturbed;
mod kills;
mod refusals;
mod signals;

use crate::fixture::{Input, PASSWORD, Root, Standin};

const RUN: &str = "20260315_071500";

/// Vehicles that are asked for, one in each batch.
const VEHICLES: usize = 24;

/// A job whose fourth stage takes its time: many batches, of a stand-in that is in no hurry.
fn input() -> Input {
    let mut input = Input::working();
    for number in 1..VEHICLES {
        input = input.cam(&format!("VEHICLE{number}"), "205/55 R16");
    }
    input
        .file("reference/AIM/aim-manual-cams.csv", "CAM\nAudi A3 205 55 16\n")
        .source(
            "CarMakeModelSales.csv",
            "20000001,AUDI,A3,205,55,16,5,9,80.5\n20000002,AUDI,A3,205,55,16,x,y,z\n",
        )
        .env("AIM_BATCH_SIZE", "1")
        .env("AIM_WAVES_CONCURRENCY", "2")
        .env("AIM_THREADS", "1")
}

/// A stand-in on the tyres of a job that was done before, for all the roots of a case.
struct Service {
    waves: Standin,
    url: String,
}

impl Service {
    fn start(faults: &[&str]) -> Self {
        let mut root = input().root();
        root.run_with(&["--stage", "1,3"]).ok();
        let waves = Standin::serve(&mut root, faults);
        let url = root.environment().iter().find(|(name, _)| *name == "AIM_WAVES_URL");
        Self { waves, url: url.unwrap().1.clone() }
    }

    /// A root whose runs ask it.
    fn root(&self) -> Root {
        let mut root = input().root();
        root.set("AIM_WAVES_URL", &*self.url);
        root.set("AIM_SERVICE_PASSWORD", PASSWORD);
        root
    }
}
