//! What commands share: the connection, the key, and where output goes.

use std::io::{self, IsTerminal as _, Write as _};

use serde_json::json;
use talka_client::{
    keys::{self, SecretString},
    terminal, Account, AccountId, Client, KeyError, KeySource, Keypair, Pin, Snapshot, Wait,
};
use terminal_size::{terminal_size_of, Width};

use crate::{
    args::{Format, Global, Until},
    error::CliError,
    output::Output,
};

pub(crate) struct Context {
    global: Global,
}

impl Context {
    pub(crate) fn new(global: Global) -> Self {
        Self { global }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.global.output == Format::Json
    }

    pub(crate) async fn connect(&self) -> Result<Client, CliError> {
        Ok(Client::connect_pinned(&self.global.url, &Pin::of_user()).await?)
    }

    /// The state at the head of the chain.
    pub(crate) async fn best(&self) -> Result<Snapshot, CliError> {
        Ok(self.connect().await?.best().await?)
    }

    /// The account that acts.
    pub(crate) async fn account(&self) -> Result<Account, CliError> {
        // The key first: a mistyped one is reported without waiting for a node.
        let key = self.key()?;
        let wait = match self.global.wait {
            Until::InBlock => Wait::InBlock,
            Until::Finalized => Wait::Finalized,
        };
        Ok(self.connect().await?.account(key).waiting(wait))
    }

    /// The account that was named, or the one that acts.
    pub(crate) fn account_or_own(&self, named: Option<AccountId>) -> Result<AccountId, CliError> {
        match named {
            Some(account) => Ok(account),
            None => Ok(AccountId::from(self.key()?.public_key().0)),
        }
    }

    /// The account of the key, where one is named.
    pub(crate) fn own_account(&self) -> Result<Option<AccountId>, CliError> {
        match self.global.key {
            Some(_) => self.account_or_own(None).map(Some),
            None => Ok(None),
        }
    }

    /// The key that acts.
    pub(crate) fn key(&self) -> Result<Keypair, CliError> {
        let source: KeySource = self.global.key.as_deref().ok_or(CliError::NoKey)?.parse()?;
        Ok(source.load(|| self.password())?)
    }

    fn password(&self) -> Result<SecretString, KeyError> {
        if let Some(password) = keys::password(self.global.password_file.as_deref())? {
            return Ok(password);
        }
        if !io::stderr().is_terminal() {
            return Err(KeyError::NoPassword("there is no terminal to ask at".into()));
        }
        rpassword::prompt_password("Password of the keystore: ")
            .map(SecretString::from)
            .map_err(|cause| KeyError::NoPassword(cause.to_string()))
    }

    /// Print data.
    pub(crate) fn print(&self, output: &impl Output) -> Result<(), CliError> {
        let mut text = match self.global.output {
            Format::Text => terminal::lines(&match terminal_size_of(io::stdout()) {
                Some((Width(columns), _)) => output.text_within(columns),
                None => output.text(),
            }),
            // What is printed is made of numbers, texts and lists: it can always be written as JSON.
            Format::Json => serde_json::to_string(output)
                .map(|document| terminal::json(&document))
                .map_err(io::Error::other)
                .map_err(CliError::io("write", "JSON"))?,
        };
        if !text.ends_with('\n') && !text.is_empty() {
            text.push('\n');
        }
        match io::stdout().lock().write_all(text.as_bytes()) {
            // The reader has had enough, as `head` has.
            Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result.map_err(CliError::io("write to", "standard output")),
        }
    }

    /// Say something to the person at the terminal.
    pub(crate) fn say(&self, text: impl std::fmt::Display) {
        match self.global.output {
            Format::Text => eprintln!("{}", terminal::paragraph(&text.to_string())),
            Format::Json => {
                let text = text.to_string();
                let note = json!({ "note": text.strip_prefix("note: ").unwrap_or(&text) });
                eprintln!("{}", terminal::json(&note.to_string()));
            }
        }
    }
}
