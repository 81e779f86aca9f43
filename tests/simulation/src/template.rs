//! A bank and devices as they stand before each simulation: made once, copied for each seed.

use client::ipc::ConsentAnswer;
use sanbu_tests::{
    World,
    network::Fault,
    world::{Device, Person},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// Devices of a simulation.
pub const DEVICES: usize = 2;
/// Cases that wait on each device at its beginning.
pub const CASES: usize = 2;

/// A bank that nobody has been at, and devices that were in a cellar since they met it.
pub struct Template {
    world: World,
    devices: Vec<Device>,
    /// The text of a code of the bank's branch.
    pub code: String,
}

/// A copy of the template's folders. They go with it.
pub struct Copied {
    _folder: TempDir,
    /// The bank's folder.
    pub bank: PathBuf,
    /// A backup of it, from before anything arrived.
    pub backup: PathBuf,
    /// Each device in a folder of its own.
    pub devices: Vec<Device>,
}

impl Template {
    /// Makes a bank and devices with cases that wait.
    pub async fn make() -> Self {
        let world = World::new().await;
        let code = world.code();
        let mut devices = Vec::new();
        for number in 0..DEVICES {
            let device = world.device(&format!("device-{number}"));
            let client = device.start();
            client.deliver_due().await;
            world.network.set(Fault::Down);
            for case in 0..CASES {
                let shop = u32::try_from(10 * number + case).unwrap_or_default();
                Person { client: &client, shop }.apply(&code, ConsentAnswer::Give).await;
            }
            world.network.set(Fault::None);
            devices.push(device);
        }
        world.network.disconnect();
        Self { world, devices, code }
    }

    /// Copies the folders to where temporary files lie.
    ///
    /// # Errors
    /// What the file system says.
    pub fn copy(&self) -> io::Result<Copied> {
        let folder = TempDir::new()?;
        let bank = folder.path().join("bank");
        copy_folder(&self.world.bank_folder(), &bank)?;
        let mut devices = Vec::new();
        for (number, device) in self.devices.iter().enumerate() {
            let to = folder.path().join(format!("device-{number}"));
            copy_folder(device.folder(), &to)?;
            devices.push(device.clone().in_folder(to));
        }
        Ok(Copied { _folder: folder, bank, backup: self.world.bank_folder(), devices })
    }
}

/// Copies a folder and all below.
///
/// # Errors
/// What the file system says.
pub fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
