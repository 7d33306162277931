use crate::Failure;

/// Checks that `parts`, each a part's number and the number of parts that it was cut into, are all of one
/// whole: numbers 0 to n-1, each once, in any order.
pub fn check_parts(parts: &[(u32, u32)]) -> Result<(), Failure> {
    let hint = "give the result folders of all tasks of one deal, each once";
    let Some(&(_, count)) = parts.first() else {
        return Err(Failure::usage("nothing to merge", hint));
    };
    let mut numbers = Vec::with_capacity(parts.len());
    for &(number, of) in parts {
        if of != count || number >= count {
            let problem = format!("part {number} of {of} does not belong to a whole of {count}");
            return Err(Failure::data(problem, hint));
        }
        numbers.push(number);
    }
    numbers.sort_unstable();
    if let Some(pair) = numbers.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Failure::data(format!("part {} is there twice", pair[0]), hint));
    }
    match (0..count).find(|number| numbers.binary_search(number).is_err()) {
        Some(missing) => Err(Failure::data(format!("part {missing} of {count} is missing"), hint)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn accepts_a_whole_in_any_order_and_nothing_else(
            mut numbers in (1..20_u32).prop_flat_map(|n| Just((0..n).collect::<Vec<_>>()).prop_shuffle()),
            hit in any::<prop::sample::Index>(),
        ) {
            let count = numbers.len() as u32;
            let whole: Vec<_> = numbers.iter().map(|n| (*n, count)).collect();
            prop_assert_eq!(check_parts(&whole), Ok(()));

            let removed = numbers.remove(hit.index(numbers.len()));
            let short: Vec<_> = numbers.iter().map(|n| (*n, count)).collect();
            let failure = check_parts(&short).unwrap_err().to_string();
            if count > 1 {
                let text = format!("part {removed} of {count} is missing");
                prop_assert!(failure.contains(&text), "{}", failure);
                let mut twice = short;
                twice.push(twice[0]);
                prop_assert!(check_parts(&twice).unwrap_err().to_string().contains("there twice"));
            }
        }
    }

    #[test]
    fn refuses_parts_of_different_wholes() {
        assert!(check_parts(&[(0, 2), (1, 3)]).is_err());
        assert!(check_parts(&[(2, 2)]).is_err());
    }
}
