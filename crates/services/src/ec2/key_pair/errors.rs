//! How key pairs fail.

tierra_core::aws_errors! {
    /// Errors of key pairs.
    pub enum KeyPairError {
        /// The name is taken.
        Duplicate => ("InvalidKeyPair.Duplicate", 400, "The keypair already exists"),
        /// No key pair has this name or id.
        NotFound { key: String } => ("InvalidKeyPair.NotFound", 400, "The key pair '{key}' does not exist"),
        /// What was imported is no public key that EC2 takes.
        Format => ("InvalidKey.Format", 400, "Key is not in valid OpenSSH public key format"),
        /// The name is empty, too long, or not ASCII.
        Name { name: String } => ("InvalidParameterValue", 400,
            "Value ({name}) for parameter KeyName is invalid. It must have from 1 to 255 ASCII characters and no spaces at its ends."),
    }
}
