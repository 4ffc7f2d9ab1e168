//! Whether an answer belongs to its request.

use super::{Call, WavesError};
use crate::waves::contract::{BatchRequest, BatchResponse, CamResult, PageQuery, UNKNOWN, Usage};

/// The answer, if it has one result per CAM and each names its CAM. Anything else cannot be put into
/// place: a result one slot off would give a vehicle another vehicle's tyres (D-16).
pub(in crate::waves) fn batch(
    request: &BatchRequest,
    reply: &[u8],
    call: Call,
) -> Result<BatchResponse, WavesError> {
    let response: BatchResponse = match serde_json::from_slice(reply) {
        Ok(response) => response,
        Err(source) => return Err(WavesError::Decode { call, source }),
    };
    match difference(request, &response) {
        None => Ok(response),
        Some(reason) => Err(WavesError::Mismatch { call, reason, usage: response.usage }),
    }
}

/// The results of a page, if they are not more than were asked for: the others would be those of the
/// next page.
pub(in crate::waves) fn page(
    query: &PageQuery<'_>,
    reply: &[u8],
    call: Call,
) -> Result<Vec<CamResult>, WavesError> {
    let results: Vec<CamResult> = match serde_json::from_slice(reply) {
        Ok(results) => results,
        Err(source) => return Err(WavesError::Decode { call, source }),
    };
    if results.len() > query.top_n {
        let reason = format!("{} results for a page of {}", results.len(), query.top_n);
        return Err(WavesError::Mismatch { call, reason, usage: Usage::default() });
    }
    Ok(results)
}

fn difference(request: &BatchRequest, response: &BatchResponse) -> Option<String> {
    let (asked, got) = (request.cams.len(), response.results.len());
    if asked != got {
        return Some(format!("{got} results for {asked} CAMs"));
    }
    let pairs = request.cams.iter().zip(&response.results);
    pairs.enumerate().find_map(|(place, (cam, result))| {
        let is_same = echoes(&cam.vehicle, &result.vehicle) && echoes(&cam.size, &result.size);
        (!is_same).then(|| {
            format!(
                "result {} is of {:?} {:?}, its CAM is {:?} {:?}",
                place + 1,
                result.vehicle,
                result.size,
                cam.vehicle,
                cam.size
            )
        })
    })
}

/// The service calls a blank cell `Unknown`.
fn echoes(asked: &str, got: &str) -> bool {
    asked == got || (asked.trim().is_empty() && got == UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::waves::contract::{Cam, CamResult, Params, Usage};

    fn differs(asked: &[(&str, &str)], got: &[(&str, &str)]) -> Option<String> {
        let cams: Vec<Cam> = asked.iter().map(|(v, s)| Cam::new(*v, *s)).collect();
        let results = got.iter().map(|(v, s)| CamResult::failed(&Cam::new(*v, *s), "X")).collect();
        let request = BatchRequest { run_id: "r".into(), cams, params: Params::default() };
        difference(
            &request,
            &BatchResponse { run_id: "r".into(), results, usage: Usage::default() },
        )
    }

    #[test]
    fn every_place_must_agree() {
        let asked = [("A", "1"), ("B", "2")];
        assert_eq!(differs(&asked, &asked), None);
        assert_eq!(differs(&asked, &[("A", "1")]).unwrap(), "1 results for 2 CAMs");
        assert!(differs(&asked, &[("A", "1"), ("B", "2"), ("B", "2")]).is_some());
        let swapped = differs(&asked, &[("B", "2"), ("A", "1")]).unwrap();
        assert_eq!(swapped, r#"result 1 is of "B" "2", its CAM is "A" "1""#);
        assert!(differs(&asked, &[("A", "1"), ("B", "3")]).is_some());
        assert!(differs(&[("a", "1")], &[("A", "1")]).is_some());
    }

    #[test]
    fn a_blank_cell_may_come_back_as_unknown() {
        assert_eq!(differs(&[(" ", "1")], &[("Unknown", "1")]), None);
        assert!(differs(&[("A", "1")], &[("Unknown", "1")]).is_some());
    }
}
