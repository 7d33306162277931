//! Validators and candidates.

use serde::Serialize;
use talka_client::{AccountId, Tlk};
use talka_primitives::{view::ValidatorView, Score};

use super::{counted, facts, Output, Row};

#[derive(Debug, Serialize)]
pub(crate) struct ValidatorOut {
    account: AccountId,
    stake: Tlk,
    score: Score,
    effective_stake: Tlk,
    missed: u32,
    candidate: bool,
    seated: bool,
    announced: bool,
    authored: u32,
    juror_key: Option<AccountId>,
}

impl ValidatorOut {
    pub(crate) fn new(view: ValidatorView<AccountId>) -> Self {
        Self {
            account: view.who,
            stake: Tlk(view.stake),
            score: view.score,
            effective_stake: Tlk(view.effective_stake),
            missed: view.missed,
            candidate: view.candidate,
            seated: view.seated,
            announced: view.announced,
            authored: view.authored,
            juror_key: view.juror_key,
        }
    }

    fn seat(&self) -> &'static str {
        match (self.seated, self.announced) {
            (true, true) => "yes",
            (true, false) => "until the next session",
            (false, true) => "from the next session",
            (false, false) => "no",
        }
    }
}

fn yes_or_no(is: bool) -> &'static str {
    if is {
        "yes"
    } else {
        "no"
    }
}

impl Row for ValidatorOut {
    const TITLES: &'static [&'static str] =
        &["ACCOUNT", "SEAT", "CANDIDATE", "STAKE>", "SCORE>", "EFFECTIVE>", "MISSED>", "BLOCKS>"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.account.to_string(),
            self.seat().into(),
            yes_or_no(self.candidate).into(),
            self.stake.to_string(),
            self.score.to_string(),
            self.effective_stake.to_string(),
            self.missed.to_string(),
            self.authored.to_string(),
        ]
    }
}

impl Output for ValidatorOut {
    fn text(&self) -> String {
        facts(&[
            ("validator", self.account.to_string()),
            ("seat", self.seat().into()),
            ("candidate", yes_or_no(self.candidate).into()),
            ("stake", format!("{} TLK", self.stake)),
            ("score", self.score.to_string()),
            ("effective stake", format!("{} TLK", self.effective_stake)),
            ("missed", format!("{} in a row", counted(self.missed, "session"))),
            ("blocks", format!("{} in this session", self.authored)),
            ("juror key", self.juror_key.map_or_else(|| "none".into(), |key| key.to_string())),
        ])
    }
}
