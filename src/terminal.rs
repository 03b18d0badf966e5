//! What commands say to the person in front of them: results on standard output, all else on standard error.
//! Nobody listening any more is no failure.

use std::{
    fmt::Display,
    io::{self, Write},
};

/// Says a result, on standard output.
pub fn say(line: impl Display) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Says what is beside the result, on standard error.
pub fn remark(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
