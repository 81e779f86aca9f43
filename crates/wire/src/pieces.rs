//! A message as several codes (分段码), in the published multi-part "UR" encoding (BCR-2020-005):
//! shown one after the other, read in any order, some of them never.
//!
//! The first pieces are slices of the message; those after them are mixtures, of which any may stand
//! in for one that was missed. In capitals, so that a code holds them in its alphanumeric mode.

use lending::visit::MAX_BYTES;

/// Most bytes of the message in one piece: a code of at most 69 modules at error correction M.
/// Source: docs/adr/0021.
const SLICE_BYTES: usize = 200;

/// Pieces of one message that are looked at, for each of its slices. A sender of ours makes two.
const MOST_PIECES_OF_SLICE: usize = 8;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// A tablet asks: a request code (授权请求码).
    Request,
    /// A phone answers: an answer code (授权应答码).
    Answer,
}

impl Message {
    const ALL: [Self; 2] = [Self::Request, Self::Answer];

    const fn ur_type(self) -> &'static str {
        match self {
            Self::Request => "sanbu-request",
            Self::Answer => "sanbu-answer",
        }
    }
}

/// The texts of the codes that bring a message: each slice once, then as many mixtures. None for an
/// empty message.
pub fn pieces(message: Message, bytes: &[u8]) -> Vec<String> {
    let Ok(mut encoder) = ur::Encoder::new(bytes, SLICE_BYTES, message.ur_type()) else {
        return Vec::new();
    };
    let slices = encoder.fragment_count();
    let count = if slices == 1 { 1 } else { 2 * slices };
    (0..count).map_while(|_| encoder.next_part().ok()).map(|text| text.to_uppercase()).collect()
}

/// What the text of a code is a piece of, by its beginning; none when it is no piece.
pub fn message_of(text: &str) -> Option<Message> {
    header(&text.trim().to_ascii_uppercase()).map(|(message, _)| message)
}

/// What is here after a piece was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Not all of the message yet.
    Some {
        /// Slices that are here.
        done: usize,
        /// Slices of the message.
        of: usize,
    },
    /// All of it.
    Whole(Message, Vec<u8>),
    /// Damaged, too large, or the pieces make up no message. Nothing of it is kept.
    Damaged,
}

/// Puts messages together from pieces, one message at a time. The pieces come from anybody.
#[derive(Default)]
pub struct Collector {
    decoder: ur::Decoder,
    received: usize,
    /// The last whole message with all of its pieces: a camera goes on reading them.
    whole: Option<(Message, Vec<u8>, Vec<String>)>,
}

impl Collector {
    /// Takes the text of a code; none when it is no piece. A piece of another message starts anew.
    pub fn take(&mut self, text: &str) -> Option<Taken> {
        let text = text.trim().to_ascii_uppercase();
        let (message, slices) = header(&text)?;
        if let Some((message, bytes, pieces)) = &self.whole
            && pieces.contains(&text)
        {
            return Some(Taken::Whole(*message, bytes.clone()));
        }
        // Also bounds what a sequence of pieces makes the decoder set aside.
        if slices.saturating_mul(text.len() / 2) > MAX_BYTES {
            return Some(self.damaged());
        }
        if self.received >= slices.saturating_mul(MOST_PIECES_OF_SLICE) {
            self.clear();
        }
        if self.decoder.receive(&text).is_err() {
            self.clear();
            if self.decoder.receive(&text).is_err() {
                return Some(self.damaged());
            }
        }
        self.received += 1;
        if !self.decoder.complete() {
            let done = self.decoder.resolved_fragment_count().unwrap_or_default();
            return Some(Taken::Some { done, of: self.decoder.fragment_count() });
        }
        let Ok(Some(bytes)) = self.decoder.message() else { return Some(self.damaged()) };
        self.clear();
        self.whole = Some((message, bytes.clone(), pieces(message, &bytes)));
        Some(Taken::Whole(message, bytes))
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    fn damaged(&mut self) -> Taken {
        self.clear();
        Taken::Damaged
    }
}

/// What a piece belongs to, and of how many slices that is. Read before the piece is, since the
/// decoder makes room for as many slices as a piece says.
fn header(text: &str) -> Option<(Message, usize)> {
    let rest = text.strip_prefix("UR:")?;
    let (ur_type, rest) = rest.split_once('/')?;
    let is_it = |message: &Message| message.ur_type().eq_ignore_ascii_case(ur_type);
    let message = Message::ALL.into_iter().find(is_it)?;
    let (_, slices) = rest.split_once('/')?.0.split_once('-')?;
    Some((message, slices.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at * at % 251) as u8).collect()
    }

    fn taken(collector: &mut Collector, pieces: &[String]) -> Option<Taken> {
        pieces.iter().map(|piece| collector.take(piece)).last().flatten()
    }

    #[test]
    fn a_small_message_is_one_piece() {
        let pieces = pieces(Message::Request, &bytes(200));
        assert_eq!(pieces.len(), 1);
        let whole = Taken::Whole(Message::Request, bytes(200));
        assert_eq!(taken(&mut Collector::default(), &pieces), Some(whole));
    }

    #[test]
    fn a_piece_fits_a_code_of_69_modules() {
        for length in [1, 199, 200, 201, 1_500, 20_000] {
            for piece in pieces(Message::Answer, &bytes(length)) {
                assert!(piece.len() <= 483, "version 13, level M: {}", piece.len());
                assert_eq!(piece, piece.to_ascii_uppercase());
            }
        }
    }

    #[test]
    fn what_was_whole_stays_whole_while_the_camera_goes_on_and_another_message_starts_anew() {
        let (first, second) = (pieces(Message::Answer, &bytes(900)), bytes(800));
        let mut collector = Collector::default();
        let whole = Some(Taken::Whole(Message::Answer, bytes(900)));
        assert_eq!(taken(&mut collector, &first[..5]), whole);
        for piece in &first {
            assert_eq!(collector.take(piece), whole);
        }
        let second = pieces(Message::Answer, &second);
        assert_eq!(collector.take(&second[0]), Some(Taken::Some { done: 1, of: 4 }));
        collector.clear();
        assert_eq!(collector.take(&first[0]), Some(Taken::Some { done: 1, of: 5 }));
    }

    #[test]
    fn a_request_and_an_answer_of_the_same_bytes_are_not_mixed() {
        let mut collector = Collector::default();
        let same = bytes(900);
        taken(&mut collector, &pieces(Message::Request, &same)[..4]);
        let last = &pieces(Message::Answer, &same)[4];
        assert_eq!(collector.take(last), Some(Taken::Some { done: 1, of: 5 }));
    }

    #[test]
    fn other_codes_are_no_pieces_and_damaged_or_boundless_ones_are_refused() {
        let mut collector = Collector::default();
        for text in ["", "https://b.example", "UR:BYTES/1-2/AE", "UR:SANBU-ANSWER/AE", "UR:/"] {
            assert_eq!(collector.take(text), None, "{text}");
        }
        let good = &pieces(Message::Answer, &bytes(900))[0];
        let damaged = [
            good.replace("/1-5/", "/2-5/"),
            good.replace("/1-5/", "/1-4000000000/"),
            good.replace("/1-5/", "/0-0/"),
            good[..good.len() - 2].to_owned(),
            "UR:SANBU-ANSWER/1-1/".to_owned() + &"AE".repeat(MAX_BYTES),
        ];
        for text in damaged {
            assert_eq!(collector.take(&text), Some(Taken::Damaged));
        }
    }

    #[test]
    fn pieces_that_never_end_are_given_up() {
        let mut collector = Collector::default();
        for _ in 0..200 {
            let piece = &pieces(Message::Answer, &bytes(900))[0];
            assert_eq!(collector.take(piece), Some(Taken::Some { done: 1, of: 5 }));
            assert!(collector.received <= 5 * MOST_PIECES_OF_SLICE);
        }
    }

    proptest! {
        #[test]
        fn any_order_with_repeats_and_gaps_comes_to_the_message(
            length in 1usize..4_000,
            order in proptest::collection::vec(any::<prop::sample::Index>(), 1..400),
        ) {
            let all = pieces(Message::Answer, &bytes(length));
            let mut collector = Collector::default();
            for at in order {
                match collector.take(&all[at.index(all.len())]) {
                    Some(Taken::Some { done, of }) => prop_assert!(done < of),
                    Some(Taken::Whole(message, found)) => {
                        prop_assert_eq!((message, found), (Message::Answer, bytes(length)));
                        return Ok(());
                    }
                    other => prop_assert!(false, "{:?}", other),
                }
            }
        }

        #[test]
        fn no_text_makes_it_panic(
            text in "\\PC{0,80}", sequence in any::<u32>(), slices in 0u32..400, body in "[A-Z]{0,90}",
        ) {
            let mut collector = Collector::default();
            collector.take(&text);
            collector.take(&format!("UR:SANBU-ANSWER/{sequence}-{slices}/{body}"));
        }

        #[test]
        fn well_formed_pieces_of_liars_make_nothing_panic(
            lies in proptest::collection::vec(
                (any::<u32>(), 0u32..330, any::<u32>(), any::<u32>(), 0usize..60), 1..40,
            ),
        ) {
            let mut collector = Collector::default();
            for (sequence, slices, length, checksum, data) in lies {
                let number = |n: u32| [vec![0x1a], n.to_be_bytes().to_vec()].concat();
                let head = [sequence, slices, length, checksum].map(number).concat();
                let body = [vec![0x85], head, vec![0x58, data as u8], vec![7; data]].concat();
                let body = ur::bytewords::encode(&body, ur::bytewords::Style::Minimal);
                collector.take(&format!("ur:sanbu-answer/{sequence}-{slices}/{body}"));
            }
        }
    }
}
