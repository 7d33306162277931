//! Market history: a CSV of prices becomes daily log returns.

use std::{fmt, str::FromStr};
use talka_app_common::Failure;

/// What the numbers of the file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quotes {
    /// Prices of one unit of the asset.
    Price,
    /// Units of the asset for one unit of the base currency, as central banks quote exchange rates.
    PerBase,
}

impl FromStr for Quotes {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "price" => Ok(Self::Price),
            "per-base" => Ok(Self::PerBase),
            _ => Err("it is price or per-base"),
        }
    }
}

/// The daily log returns of some assets, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// Date of the first price used, as the file writes it.
    pub first_day: String,
    /// Date of the last price used.
    pub last_day: String,
    /// One row a day, one return an asset: `returns[day][asset]`.
    pub returns: Vec<Vec<f64>>,
}

/// The fewest returns that a distribution can be drawn from with a straight face: one year of days.
pub const FEWEST_RETURNS: usize = 250;

impl History {
    /// Reads `csv`, whose first column is a date that sorts as text (2024-12-31) and whose other columns are
    /// named in its first row. Takes the columns of `assets`; the rows may be in any order.
    pub fn read(csv: &str, assets: &[String], quotes: Quotes) -> Result<Self, Failure> {
        let mut lines = csv.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let (_, header) =
            lines.next().ok_or_else(|| Failure::data("the dataset is empty", "give a CSV file of prices"))?;
        let names: Vec<_> = header.split(',').map(str::trim).collect();
        let columns = assets
            .iter()
            .map(|asset| {
                names.iter().skip(1).position(|name| name == asset).map(|column| column + 1).ok_or_else(
                    || {
                        let hint = format!("it has {}", names.get(1..).unwrap_or_default().join(", "));
                        Failure::usage(format!("the dataset has no column {asset}"), hint)
                    },
                )
            })
            .collect::<Result<Vec<_>, _>>()?;

        let mut days = Vec::new();
        for (number, line) in lines {
            let cells: Vec<_> = line.split(',').map(str::trim).collect();
            let prices = columns
                .iter()
                .map(|column| price(cells.get(*column).copied().unwrap_or_default()))
                .collect::<Option<Vec<_>>>()
                .ok_or_else(|| {
                    Failure::data(
                        format!(
                            "line {} of the dataset ({}) has no price of every asset",
                            number + 1,
                            cells[0]
                        ),
                        "choose other assets, or cut the file to the days on which all have a price",
                    )
                })?;
            days.push((cells[0], prices));
        }
        days.sort_by(|a, b| a.0.cmp(b.0));
        if let Some(pair) = days.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(Failure::data(
                format!("the dataset has {} twice", pair[0].0),
                "each day has one row",
            ));
        }
        if days.len() <= FEWEST_RETURNS {
            return Err(Failure::data(
                format!("the dataset has {} days", days.len()),
                format!("at least {} are needed", FEWEST_RETURNS + 1),
            ));
        }

        let returns = days
            .windows(2)
            .map(|pair| {
                let change = |(old, new): (&f64, &f64)| match quotes {
                    Quotes::Price => libm::log(new / old),
                    Quotes::PerBase => libm::log(old / new),
                };
                pair[0].1.iter().zip(&pair[1].1).map(change).collect()
            })
            .collect();
        Ok(Self { first_day: days[0].0.to_owned(), last_day: days[days.len() - 1].0.to_owned(), returns })
    }
}

fn price(cell: &str) -> Option<f64> {
    cell.parse().ok().filter(|price: &f64| price.is_finite() && *price > 0.0)
}

/// A portfolio as it is typed: `USD=0.5,JPY=-0.2`. The weight of an asset is the amount held of it, in money,
/// negative for a short position.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Portfolio {
    /// Names of the assets, as the dataset's columns.
    pub assets: Vec<String>,
    /// Amount of each, in the order of `assets`.
    pub weights: Vec<f64>,
}

impl Portfolio {
    /// The sum of all amounts without their signs: what a loss is measured against.
    pub fn gross(&self) -> f64 {
        self.weights.iter().map(|weight| weight.abs()).sum()
    }
}

impl FromStr for Portfolio {
    type Err = PortfolioError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (mut assets, mut weights) = (Vec::new(), Vec::new());
        for part in text.split(',') {
            let (asset, weight) = part.split_once('=').ok_or(PortfolioError::Shape)?;
            let weight: f64 = weight.trim().parse().map_err(|_| PortfolioError::Weight)?;
            if !weight.is_finite() || weight == 0.0 {
                return Err(PortfolioError::Weight);
            }
            let asset = asset.trim().to_owned();
            if assets.contains(&asset) {
                return Err(PortfolioError::Twice);
            }
            assets.push(asset);
            weights.push(weight);
        }
        Ok(Self { assets, weights })
    }
}

/// What can be wrong with a portfolio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortfolioError {
    /// A part is not `ASSET=WEIGHT`.
    Shape,
    /// A weight is no number, or nothing.
    Weight,
    /// An asset is named twice.
    Twice,
}

impl fmt::Display for PortfolioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shape => "a portfolio is written ASSET=WEIGHT,ASSET=WEIGHT",
            Self::Weight => "a weight is a number other than 0",
            Self::Twice => "an asset is named twice",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file whose `A` doubles and whose `B` halves each day, newest day first.
    fn csv(days: usize) -> String {
        let mut text = String::from("Date,A,B\n");
        for day in (0..days).rev() {
            let factor = 2_f64.powi((day % 8) as i32);
            text += &format!("{:08},{},{}\n", day, 100.0 * factor, 100.0 / factor);
        }
        text
    }

    fn assets(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn sorts_the_days_and_takes_log_returns_of_the_columns_asked_for() {
        let history = History::read(&csv(300), &assets(&["B", "A"]), Quotes::Price).unwrap();
        assert_eq!((history.first_day.as_str(), history.last_day.as_str()), ("00000000", "00000299"));
        assert_eq!(history.returns.len(), 299);
        assert!((history.returns[0][1] - std::f64::consts::LN_2).abs() < 1e-12);
        assert!((history.returns[0][0] + std::f64::consts::LN_2).abs() < 1e-12);
    }

    #[test]
    fn turns_rates_per_base_currency_into_the_value_of_the_asset() {
        let history = History::read(&csv(300), &assets(&["A"]), Quotes::PerBase).unwrap();
        assert!((history.returns[0][0] + std::f64::consts::LN_2).abs() < 1e-12);
    }

    #[test]
    fn refuses_an_unknown_asset_a_gap_a_repeated_day_and_too_short_a_file() {
        let read = |text: &str, name: &str| History::read(text, &assets(&[name]), Quotes::Price).unwrap_err();
        assert_eq!(read(&csv(300), "C").exit_status(), 2);
        assert!(read(&format!("{}99999999,,1\n", csv(300)), "A").to_string().contains("99999999"));
        assert!(read(&format!("{}99999999,0,1\n", csv(300)), "A").to_string().contains("99999999"));
        assert!(read(&format!("{}00000007,1,1\n", csv(300)), "A").to_string().contains("twice"));
        assert!(read(&csv(250), "A").to_string().contains("at least 251"));
        assert!(read("", "A").to_string().contains("empty"));
    }

    #[test]
    fn reads_portfolios_with_short_positions() {
        let portfolio: Portfolio = "USD=0.5, JPY=-0.25".parse().unwrap();
        assert_eq!(portfolio.assets, ["USD", "JPY"]);
        assert_eq!(portfolio.gross(), 0.75);
        assert_eq!("USD".parse::<Portfolio>(), Err(PortfolioError::Shape));
        assert_eq!("USD=x".parse::<Portfolio>(), Err(PortfolioError::Weight));
        assert_eq!("USD=0".parse::<Portfolio>(), Err(PortfolioError::Weight));
        assert_eq!("USD=1,USD=2".parse::<Portfolio>(), Err(PortfolioError::Twice));
    }
}
