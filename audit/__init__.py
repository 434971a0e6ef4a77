"""Rounds 巡检: service-hall cross-inspection, its closed loop and its documents."""
