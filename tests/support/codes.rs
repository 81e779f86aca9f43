//! Codes that one device shows and another one's camera reads.

use client::{Client, ipc::Frame};

/// Pixels of a module, as a phone shows it to a camera at arm's length.
const MODULE_PX: usize = 4;
/// Light modules around a code.
const QUIET: usize = 4;

/// A code as a camera sees it.
fn frame_of(rows: &[String]) -> Frame {
    let side = (rows.len() + 2 * QUIET) * MODULE_PX;
    let mut luma = vec![255; side * side];
    for (y, row) in rows.iter().enumerate() {
        for (x, _) in row.bytes().enumerate().filter(|(_, module)| *module == b'#') {
            for line in 0..MODULE_PX {
                let from = ((y + QUIET) * MODULE_PX + line) * side + (x + QUIET) * MODULE_PX;
                luma[from..from + MODULE_PX].fill(0);
            }
        }
    }
    let side = u16::try_from(side).unwrap();
    Frame { width: side, height: side, turn: 0, luma }
}

/// The texts that the lens of `reader` finds in a frame of one shown code, given by its rows.
pub async fn seen_by(reader: &Client, rows: &[String]) -> Vec<String> {
    let view = reader.read_frame(frame_of(rows).to_body()).await.unwrap();
    view.codes.into_iter().map(|code| code.text).collect()
}
