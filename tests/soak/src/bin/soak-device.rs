//! A device without a screen: the real client in a process that may be killed at any moment.

use clap::Parser;
use sanbu_soak::device::{Arguments, run};

#[tokio::main(worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    run(Arguments::parse()).await
}
