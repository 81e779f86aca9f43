//! Linear equations, a handful at a time.

/// Solves `N` equations in `N` unknowns by elimination with pivots; the last of each row's `M`
/// columns, one more than `N`, is the right side. `None` when they have no single answer.
pub(super) fn solved<const N: usize, const M: usize>(mut rows: [[f64; M]; N]) -> Option<[f64; N]> {
    const { assert!(M == N + 1) };
    for at in 0..N {
        let best = (at..N).max_by(|&a, &b| rows[a][at].abs().total_cmp(&rows[b][at].abs()))?;
        rows.swap(at, best);
        let lead = rows[at];
        if lead[at].abs() < 1e-9 {
            return None;
        }
        for row in rows.iter_mut().skip(at + 1) {
            let share = row[at] / lead[at];
            row.iter_mut().zip(lead).for_each(|(value, lead)| *value -= share * lead);
        }
    }
    let mut answer = [0.0; N];
    for at in (0..N).rev() {
        let known: f64 = (at + 1..N).map(|of| rows[at][of] * answer[of]).sum();
        answer[at] = (rows[at][N] - known) / rows[at][at];
    }
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::solved;

    #[test]
    fn equations_are_solved_whatever_their_order() {
        assert_eq!(solved([[0.0, 2.0, 4.0], [1.0, 1.0, 5.0]]), Some([3.0, 2.0]));
        assert_eq!(solved([[1.0, 1.0, 5.0], [0.0, 2.0, 4.0]]), Some([3.0, 2.0]));
    }

    #[test]
    fn equations_that_say_the_same_have_no_answer() {
        assert_eq!(solved([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]]), None);
    }
}
