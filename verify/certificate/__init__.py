"""The certificate and the checker, which is what one must trust."""
