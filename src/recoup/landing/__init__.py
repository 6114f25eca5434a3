"""Landing: source rows become typed, versioned raw tables; personal columns go to the vault."""
