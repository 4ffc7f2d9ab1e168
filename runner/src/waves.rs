//! The Waves recommendation service: contract, client, deterministic stand-in.
