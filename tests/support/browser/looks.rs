//! How a page looks, and to whom.

use std::path::Path;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{Browser, BrowserError, text_of};

impl Browser {
    /// Gives the page this many pixels; a window of its own cannot be as narrow as a phone.
    pub async fn resize(&self, width: u32, height: u32) -> Result<(), BrowserError> {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size)
            .await?;
        Ok(())
    }

    /// Sets what media queries of this page and the next ones find, such as `[("prefers-color-scheme", "dark")]`, and nothing else.
    pub async fn prefer(&self, features: &[(&str, &str)]) -> Result<(), BrowserError> {
        let features = features.iter();
        let features = features.map(|(name, value)| json!({ "name": name, "value": value }));
        let features = json!({ "features": features.collect::<Vec<_>>() });
        self.devtools("Emulation.setEmulatedMedia", features)
            .await?;
        Ok(())
    }

    /// Writes what is in view to a file, as PNG.
    pub async fn screenshot(&self, file: &Path) -> Result<(), BrowserError> {
        let picture = text_of(&self.session.get("screenshot").await?);
        let fault = |why: &dyn std::error::Error| {
            BrowserError::new(&format!("screenshot to {}", file.display()), why)
        };
        let picture = STANDARD.decode(picture).map_err(|error| fault(&error))?;
        std::fs::write(file, picture).map_err(|error| fault(&error))
    }
}
