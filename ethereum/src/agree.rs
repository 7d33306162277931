//! What several nodes say together. A pure function.

use crate::error::EthereumError;

/// What a node answers, and the node.
pub(crate) type Answer<T> = (String, Result<T, EthereumError>);

/// What more than half of the nodes say, and none of the others contradicts.
///
/// # Errors
///
/// [`EthereumError::Disagreement`] where two say different things, whatever the rest says. What the only node says where there
/// is one, and [`EthereumError::TooFew`] where not more than half answer.
pub(crate) fn agree<T: PartialEq>(what: &str, answers: Vec<Answer<T>>) -> Result<T, EthereumError> {
    let of = answers.len();
    let mut agreed: Option<(String, T)> = None;
    let mut answered = 0;
    let mut problem = None;
    for (node, answer) in answers {
        match answer {
            Ok(answer) => match &agreed {
                Some((one, known)) if *known != answer => {
                    return Err(EthereumError::Disagreement {
                        what: what.into(),
                        one: one.clone(),
                        other: node,
                    });
                }
                Some(_) => answered += 1,
                None => {
                    answered += 1;
                    agreed = Some((node, answer));
                }
            },
            Err(error) => problem = problem.or(Some(error)),
        }
    }
    match (agreed, problem) {
        (Some((_, answer)), _) if 2 * answered > of => Ok(answer),
        (_, Some(problem)) if of == 1 => Err(problem),
        (_, problem) => {
            let problem = problem.map_or_else(|| "no node is named".into(), |problem| problem.to_string());
            Err(EthereumError::TooFew { what: what.into(), answered, of, problem })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(said: &[Option<u32>]) -> Vec<Answer<u32>> {
        let down = |url: &str| EthereumError::Unreachable { url: url.into(), cause: "refused".into() };
        let answer = |(place, said): (usize, &Option<u32>)| {
            let node = format!("node{place}");
            let answer = said.ok_or_else(|| down(&node));
            (node, answer)
        };
        said.iter().enumerate().map(answer).collect()
    }

    #[test]
    fn more_than_half_are_enough_if_none_contradicts() {
        for said in
            [&[Some(7)][..], &[Some(7), Some(7)], &[Some(7), None, Some(7)], &[None, Some(7), Some(7)]]
        {
            assert_eq!(agree("a block", answers(said)).unwrap(), 7, "{said:?}");
        }
        for said in [&[Some(7), None][..], &[None, Some(7), None], &[None, None]] {
            let error = agree("a block", answers(said)).unwrap_err();
            assert!(matches!(error, EthereumError::TooFew { .. }), "{error}");
        }
        assert!(matches!(agree::<u32>("a block", vec![]), Err(EthereumError::TooFew { of: 0, .. })));
    }

    #[test]
    fn the_only_node_speaks_for_itself() {
        let error = agree("a block", answers(&[None])).unwrap_err();
        assert!(matches!(error, EthereumError::Unreachable { url, .. } if url == "node0"));
    }

    #[test]
    fn nodes_that_disagree_are_named_whatever_the_majority_says() {
        let said = [Some(7), Some(7), None, Some(8), Some(7), Some(7)];
        let error = agree("the logs of blocks 1 to 9", answers(&said)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Ethereum nodes disagree about the logs of blocks 1 to 9: node0 and node3"
        );
    }
}
