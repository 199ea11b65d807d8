"""Language models behind one streaming port."""
