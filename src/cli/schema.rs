//! `nodedown schema`: the JSON schema of scenario files.

use std::io::Write;

use super::{Ending, Failure};
use crate::scenario::{Scenario, layout};
use crate::services::Programs;

pub(super) fn schema(programs: &Programs) -> Result<Ending, Failure> {
    let schema = Scenario::schema(&programs.catalogue());
    write!(anstream::stdout(), "{}", layout(&schema))?;
    Ok(Ending::Pass)
}
