"""Terraform as a user runs it: a configuration is applied, found as it was left, changed, and destroyed.

The provider comes from the folder that TF_PLUGIN_DIR names, else from wherever this machine's Terraform finds it; it is sought once a
run, and where it cannot be had every test that needs it says so and is skipped.
"""

import json
import os
import shutil
import subprocess

import pytest

PROVIDER = """
terraform {
  required_providers {
    # The version that the tests were written against.
    aws = { source = "hashicorp/aws", version = "5.100.0" }
  }
}
provider "aws" {
  region                  = "us-east-1"
  skip_metadata_api_check = true
  s3_use_path_style       = true
}
"""


def run(folder, arguments, environment, timeout):
    command = ["terraform", arguments[0], "-no-color", *arguments[1:]]
    environment = {**os.environ, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", **environment}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout)


@pytest.fixture(scope="session")
def provider_folder(tmp_path_factory):
    """A folder that `terraform init` has made ready; what it fetched serves every test."""
    if shutil.which("terraform") is None:
        pytest.skip("SKIPPED LOUDLY: terraform is not on this machine")
    folder = tmp_path_factory.mktemp("provider")
    (folder / "provider.tf").write_text(PROVIDER)
    local = [f"-plugin-dir={plugins}"] if (plugins := os.environ.get("TF_PLUGIN_DIR")) else []
    try:
        done = run(folder, ["init", "-input=false", *local], {}, timeout=300)
        reason = done.returncode and (done.stderr.strip() or done.stdout.strip())
    except subprocess.TimeoutExpired:
        reason = "`terraform init` gave no answer within 300 s"
    if reason:
        pytest.skip(f"SKIPPED LOUDLY: terraform's AWS provider cannot be had here (TF_PLUGIN_DIR may name a folder with it): {reason[-600:]}")
    return folder


class Terraform:
    """One configuration and its state, against one cloud, told to it as `tierra env` tells a user's shell."""

    def __init__(self, folder, provider_folder, cloud):
        self.folder = folder
        self.environment = {**cloud.environment, "TF_DATA_DIR": str(provider_folder / ".terraform")}
        for name in ("provider.tf", ".terraform.lock.hcl"):
            shutil.copy(provider_folder / name, folder)

    def run(self, *arguments, codes=(0,)):
        done = run(self.folder, arguments, self.environment, timeout=600)
        assert done.returncode in codes, f"terraform {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done

    def apply(self, configuration, **variables):
        """Applies; a second plan then finds nothing to do."""
        (self.folder / "main.tf").write_text(configuration)
        declared = {"variable": {name: {"default": value} for name, value in variables.items()}}
        (self.folder / "variables.tf.json").write_text(json.dumps(declared))
        self.run("apply", "-input=false", "-auto-approve")
        plan = self.run("plan", "-input=false", "-detailed-exitcode", codes=(0, 2))
        assert plan.returncode == 0, f"a second plan finds more to do\n{plan.stdout}"

    def output(self):
        return {name: one["value"] for name, one in json.loads(self.run("output", "-json").stdout).items()}

    def destroy(self):
        self.run("destroy", "-input=false", "-auto-approve")


@pytest.fixture
def terraform(provider_folder, tmp_path):
    """Gives a Terraform for the cloud that it is called with."""
    return lambda cloud: Terraform(tmp_path, provider_folder, cloud)
