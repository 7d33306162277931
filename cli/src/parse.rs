//! What typed values mean.

use std::{ops::Range, str::FromStr, time::Duration};

use talka_client::{amount::AmountError, AccountId, KeyError, KeySource, Tlk};
use talka_primitives::{
    deal::MAX_TASKS, order::Party, BlockNumber, CategoryId, DealId, Hint as _, Tags, TaskId,
};
use talka_store::Source;

/// `24`, or `100..124` for other parameters than 0 to 23.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tasks(pub(crate) Range<u64>);

impl FromStr for Tasks {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = |_| {
            "write a number of tasks, as in 24, or a range, as in 100..124 (the end is not in it)".to_owned()
        };
        let range: Range<u64> = match text.split_once("..") {
            Some((first, end)) => first.parse().map_err(form)?..end.parse().map_err(form)?,
            None => 0..text.parse().map_err(form)?,
        };
        match range.end.checked_sub(range.start) {
            None | Some(0) => Err("there must be one task at least".into()),
            Some(count) if count > u64::from(MAX_TASKS) => {
                Err(format!("a deal has at most {MAX_TASKS} tasks: make several"))
            }
            Some(_) => Ok(Self(range)),
        }
    }
}

/// A span of blocks: `300`, or `10m` of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span {
    Blocks(BlockNumber),
    Time(Duration),
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "write a number of blocks, as in 300, or a time, as in 90s, 10m, 2h or 3d".to_owned();
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let number: u32 = digits.parse().map_err(|_| form())?;
        let seconds = match &text[digits.len()..] {
            "" if number > 0 => return Ok(Self::Blocks(number)),
            "s" => 1,
            "m" => 60,
            "h" => 60 * 60,
            "d" => 24 * 60 * 60,
            _ => return Err(form()),
        };
        match number {
            0 => Err("it must be more than nothing".into()),
            number => Ok(Self::Time(Duration::from_secs(u64::from(number) * seconds))),
        }
    }
}

impl Span {
    /// How many blocks it takes, rounded up.
    pub(crate) fn blocks(self, block_time: Duration) -> BlockNumber {
        match self {
            Self::Blocks(blocks) => blocks,
            Self::Time(time) => {
                let blocks = time.as_millis().div_ceil(block_time.as_millis().max(1));
                blocks.try_into().unwrap_or(BlockNumber::MAX)
            }
        }
    }
}

/// A price, or none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Price(pub(crate) Option<Tlk>);

impl FromStr for Price {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        match text {
            "none" => Ok(Self(None)),
            amount => amount.parse().map(|price| Self(Some(price))),
        }
    }
}

/// `XS` or `0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CategoryName {
    Id(CategoryId),
    Name(String),
}

impl FromStr for CategoryName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("write a name, as in XS, or a number".into());
        }
        Ok(text.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Id))
    }
}

/// Numbers from 0 to 63, separated by commas.
pub(crate) fn tags(text: &str) -> Result<Tags, String> {
    text.split(',').filter(|part| !part.is_empty()).try_fold(Tags::default(), |tags, part| {
        let bit: u32 =
            part.trim().parse().ok().filter(|bit| *bit < 64).ok_or("tags are numbers from 0 to 63")?;
        Ok(tags.and(Tags(1 << bit)))
    })
}

/// The numbers of the bits.
pub(crate) fn tag_numbers(tags: Tags) -> Vec<u32> {
    (0..64).filter(|bit| tags.0 >> bit & 1 == 1).collect()
}

/// An address, or `dev:NAME` for an account of test chains.
pub(crate) fn account(text: &str) -> Result<AccountId, String> {
    let form = || "write an address, as in 5GrwvaEF…, or dev:NAME on a test chain".to_owned();
    if !text.starts_with("dev:") {
        return text.parse().map_err(|_| form());
    }
    let source: KeySource = text.parse().map_err(|error| match error {
        KeyError::Misspelt { .. } => format!("{error}: {}", error.hint()),
        _ => form(),
    })?;
    let key = source.load(|| Err(KeyError::NoPassword("not needed".into()))).map_err(|_| form())?;
    Ok(AccountId::from(key.public_key().0))
}

/// The address of a store that others fetch from.
pub(crate) fn peer(text: &str) -> Result<Source, String> {
    match text.parse::<Source>() {
        Ok(source @ Source::Peer(_)) => Ok(source),
        _ => {
            Err("write an address as `talka result keep` prints it, as in peer://ID@203.0.113.7:4921".into())
        }
    }
}

/// An account, or `group:7` for the members of a group.
pub(crate) fn party(text: &str) -> Result<Party<AccountId>, String> {
    match text.strip_prefix("group:") {
        Some(id) => id.parse().map(Party::Group).map_err(|_| "write group:ID, as in group:7".into()),
        None => account(text).map(Party::Account),
    }
}

/// `7` for a deal, `7.3` for one of its tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DealOrTask {
    Deal(DealId),
    Task(TaskId),
}

impl FromStr for DealOrTask {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(deal) = text.parse() {
            return Ok(Self::Deal(deal));
        }
        text.parse().map(Self::Task).map_err(|_| "write a deal, as in 7, or a task, as in 7.0".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use talka_primitives::GroupId;

    #[test]
    fn understands_tasks() {
        assert_eq!("24".parse(), Ok(Tasks(0..24)));
        assert_eq!("100..124".parse(), Ok(Tasks(100..124)));
        for bad in ["0", "5..5", "7..3", "10001", "0..10001", "-1", "a", "1..", "..3", "1..=3", ""] {
            assert!(bad.parse::<Tasks>().is_err(), "{bad}");
        }
        let end = u64::MAX;
        assert_eq!(format!("{}..{end}", end - 1).parse(), Ok(Tasks(end - 1..end)));
    }

    #[test]
    fn understands_spans() {
        let block = Duration::from_secs(2);
        let blocks = |text: &str| text.parse::<Span>().map(|span| span.blocks(block));
        assert_eq!(blocks("300"), Ok(300));
        assert_eq!(blocks("10m"), Ok(300));
        assert_eq!(blocks("3s"), Ok(2));
        assert_eq!(blocks("2h"), Ok(3_600));
        assert_eq!(blocks("1d"), Ok(43_200));
        for bad in ["", "0", "0m", "m", "-3", "1.5h", "3w", "10 m", "1m30s"] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
    }

    #[test]
    fn understands_categories_deals_and_tasks() {
        assert_eq!("3".parse(), Ok(CategoryName::Id(CategoryId(3))));
        assert_eq!("XS".parse(), Ok(CategoryName::Name("XS".into())));
        assert_eq!("7".parse(), Ok(DealOrTask::Deal(DealId(7))));
        assert_eq!("7.3".parse(), Ok(DealOrTask::Task(TaskId { deal: DealId(7), index: 3 })));
        assert!("x".parse::<DealOrTask>().is_err());
    }

    #[test]
    fn understands_accounts() {
        let alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
        assert_eq!(account("dev:Alice").unwrap().to_string(), alice);
        assert_eq!(account(alice), account("dev:Alice"));
        for bad in ["", "x", "dev:", "file:/x", &alice[1..]] {
            assert!(account(bad).is_err(), "{bad}");
        }
        assert!(account("dev:alice").unwrap_err().contains("dev:Alice"));
    }

    #[test]
    fn understands_addresses_of_stores() {
        let id = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let address = format!("peer://{id}@203.0.113.7:4921");
        assert_eq!(peer(&address).map(|source| source.to_string()), Ok(address));
        for bad in ["", "203.0.113.7:4921", "https://example.org/result", "file:///result"] {
            assert!(peer(bad).unwrap_err().contains("peer://"), "{bad}");
        }
    }

    #[test]
    fn understands_parties_and_prices() {
        assert_eq!(party("group:7"), Ok(Party::Group(GroupId(7))));
        assert_eq!(party("dev:Alice"), account("dev:Alice").map(Party::Account));
        for bad in ["group:", "group:x", "7", ""] {
            assert!(party(bad).is_err(), "{bad}");
        }
        let price = |text: &str| text.parse::<Price>().map(|price| price.0);
        assert_eq!(price("none"), Ok(None));
        assert_eq!(price("1.5"), Ok(Some(Tlk(1_500_000_000))));
        assert!(price("some").is_err());
    }

    proptest! {
        #[test]
        fn tags_come_back_as_they_were(bits in any::<u64>()) {
            let text = tag_numbers(Tags(bits)).iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            prop_assert_eq!(tags(&text), Ok(Tags(bits)));
        }

        #[test]
        fn nothing_typed_makes_it_panic(text in "\\PC*") {
            let _ = (text.parse::<Tasks>(), text.parse::<Span>(), text.parse::<DealOrTask>(), tags(&text));
        }
    }
}
