"""Run the server: one process, uvloop, and TLS from a local authority when asked for."""

import logging

import uvicorn

from audit.config import Settings
from audit.web import certificates


def run(config: Settings, tls: bool) -> None:
    """Serve until stopped. The address is printed once the settings are known to be safe."""
    logging.getLogger("streamlit").setLevel(logging.WARNING)
    files = certificates.ensure(config) if tls else None
    print(f"Rounds 巡检: {config.public_url}", flush=True)
    if files:
        print(f"Tablets: {config.public_url}/certificate", flush=True)
        print(f"SHA-256 of the certificate: {certificates.fingerprint(files)}", flush=True)
    uvicorn.run(
        "app:app",
        host=config.host,
        port=config.port,
        loop="uvloop",
        ws="websockets-sansio",
        ws_max_size=200 * 1024 * 1024,
        proxy_headers=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=5,
        ssl_certfile=str(files.chain) if files else None,
        ssl_keyfile=str(files.key) if files else None,
    )
