//! `tierra logs`: what an instance wrote on its console.

use std::io::Write;
use std::time::Duration;

use anyhow::Context as _;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde_json::json;
use tokio::time::sleep;

use super::aws::{Aws, Service};
use super::instance::Instance;
use super::{Context, block_on, code, say};

/// Between two looks at a console that is followed.
const POLL: Duration = Duration::from_millis(300);

/// Show what an instance wrote on its console
#[derive(Debug, Args)]
pub struct Logs {
    /// The instance's id or name
    instance: String,
    /// Go on as it writes more, until interrupted
    #[arg(short, long)]
    follow: bool,
}

impl Logs {
    /// Shows it.
    pub fn run(self, context: &Context) -> anyhow::Result<u8> {
        block_on(async {
            let aws = Aws::connect(context)?;
            let instance = Instance::meant(&aws, &self.instance).await?;
            let mut shown = read(&aws, &instance.id).await?;
            if context.json {
                say::json(&json!({ "InstanceId": instance.id, "Output": shown }))?;
                return Ok(code::OK);
            }
            print(&shown)?;
            if !self.follow {
                return Ok(code::OK);
            }
            loop {
                sleep(POLL).await;
                let now = read(&aws, &instance.id).await?;
                print(news(&shown, &now))?;
                shown = now;
            }
        })
    }
}

/// What of `now` comes after `before`. EC2 gives the newest 64 KB: the older text slides out at its beginning.
fn news<'n>(before: &str, now: &'n str) -> &'n str {
    let start = before
        .char_indices()
        .map(|(at, _)| &before[at..])
        .find(|rest| now.starts_with(rest));
    &now[start.map_or(0, str::len)..]
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// The newest text of an instance's console.
///
/// # Errors
/// Where there is no such instance.
pub async fn read(aws: &Aws, instance: &str) -> anyhow::Result<String> {
    let parameters = [("InstanceId", instance), ("Latest", "true")];
    let answer = aws.call(Service::Ec2, "GetConsoleOutput", &parameters).await?;
    let bytes = STANDARD
        .decode(answer.get("output").trim())
        .context("the console's text is not in base64")?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_is_shown() {
        let cases = [
            ("", "ab", "ab"),
            ("ab", "ab", ""),
            ("ab", "abc", "c"),
            ("abcd", "cdef", "ef"),
            ("ab", "xy", "xy"),
        ];
        for (before, now, want) in cases {
            assert_eq!(news(before, now), want, "{before} {now}");
        }
    }
}
